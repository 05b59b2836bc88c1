#include "commands/build_verdict.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::commands {
namespace {

std::string verdict_of(std::uint64_t files, std::uint64_t bytes) {
  profile::Task task;
  task.name = "t";
  build::Verdict verdict;
  verdict.files = files;
  verdict.bytes = bytes;
  verdict.builds = 2;
  return verdict_text(task, verdict, {});
}

}  // namespace

TEST_CASE("a verdict says how much was compared in a unit that shows it") {
  CHECK(verdict_of(1, 0) == "t is reproducible: 1 file of 0 bytes in 2 builds\n");
  CHECK(verdict_of(1, 1) == "t is reproducible: 1 file of 1 byte in 2 builds\n");
  CHECK(verdict_of(2, 999) == "t is reproducible: 2 files of 999 bytes in 2 builds\n");
  CHECK(verdict_of(1, 24128) == "t is reproducible: 1 file of 24.1 kB in 2 builds\n");
  CHECK(verdict_of(1, 999'949) == "t is reproducible: 1 file of 999.9 kB in 2 builds\n");
  CHECK(verdict_of(1, 999'950) == "t is reproducible: 1 file of 1.0 MB in 2 builds\n");
  CHECK(verdict_of(1, 590'100'000) == "t is reproducible: 1 file of 590.1 MB in 2 builds\n");
}

TEST_CASE("a verdict names each difference, each cause with its files, and what was not varied") {
  profile::Task task;
  task.name = "t";
  build::Verdict verdict;
  build::Difference mode;
  mode.path = "a\x1b";
  mode.what = build::Difference::What::mode;
  mode.first = "644";
  mode.second = "664";
  verdict.differences = {mode};
  verdict.causes = {{"umask", {"a\x1b", "b"}}, {build::kRandom, {"c"}}};
  verdict.files = 3;
  verdict.builds = 16;
  const std::string text = verdict_text(task, verdict, {{"cpus", "there is one processor here"}});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("cause: umask (the mask of new files' modes): a\\x1b, b\n") != std::string::npos);
  CHECK(text.find("cause: random (it differs where nothing is varied): c\n") != std::string::npos);
  CHECK(text.find("not varied: cpus: there is one processor here\n") != std::string::npos);
  CHECK(text.ends_with("t is not reproducible: 1 of 3 files of 0 bytes in 16 builds\n"));
}

}  // namespace devbox::commands
