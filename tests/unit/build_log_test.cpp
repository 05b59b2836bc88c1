#include "build/log.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <string>

#include "host_temporary.hpp"

namespace devbox::build {
namespace {

TEST_CASE("the last lines are kept, also one that no newline has ended") {
  const test::TemporaryDirectory here;
  Log log(here.at("logs"), "t");
  for (int i = 0; i < 30; ++i) log.add("line " + std::to_string(i) + "\r\n");
  log.add("ha");
  log.add("lf");
  CHECK(log.last_line() == "half");
  CHECK(log.last_lines().front() == "line 10");
  CHECK(log.last_lines().back() == "half");
  CHECK(log.last_lines().size() == 21);
}

TEST_CASE("ten logs of a task are kept, and those of its check and of others are not counted") {
  const test::TemporaryDirectory here;
  for (char c = 'a'; c < 'p'; ++c) {
    here.file("logs/t+2020" + std::string(1, c) + ".1.log");
    here.file("logs/t+baseline+2020" + std::string(1, c) + ".1.log");
  }
  here.file("logs/t+diffoscope.txt");
  here.file("logs/tt+2020.1.log");
  const Log log(here.at("logs"), "t");
  std::ptrdiff_t of_t = 0;
  std::ptrdiff_t all = 0;
  for (const auto& entry : std::filesystem::directory_iterator(here.at("logs"))) {
    ++all;
    of_t += entry.path().filename().string().starts_with("t+20") ? 1 : 0;
  }
  CHECK(of_t == 10);
  CHECK(all == 10 + 15 + 2);
  CHECK_FALSE(std::filesystem::exists(here.at("logs/t+2020a.1.log")));
  CHECK(std::filesystem::exists(here.at("logs/t+2020o.1.log")));
}

}  // namespace
}  // namespace devbox::build
