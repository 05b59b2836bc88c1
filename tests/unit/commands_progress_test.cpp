#include "commands/progress.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::commands {
namespace {

store::Step step(const std::string& doing, std::uint64_t done = 0, std::uint64_t total = 0,
                 const std::string& size = "") {
  store::Step step;
  step.doing = doing;
  step.done = done;
  step.total = total;
  step.size = size;
  return step;
}

TEST_CASE("progress says what is done, how far it is and how much there is, as far as it knows") {
  CHECK(progress_text(step("fetching the package lists")) == "fetching the package lists");
  CHECK(progress_text(step("fetching packages", 12, 69, "29.7 MB")) ==
        "fetching packages: 12 of 69 (29.7 MB)");
  CHECK(progress_text(step("unpacking packages", 1, 2)) == "unpacking packages: 1 of 2");
  CHECK(progress_text(step("fetching packages", 0, 0, "29.7 MB")) == "fetching packages (29.7 MB)");
}

TEST_CASE("progress of an archive is its names and its bytes") {
  store::Step archive;
  archive.names = 312;
  archive.bytes = 1249999;
  CHECK(progress_text(archive) == "unpacking: 312 names, 1.2 MB");
}

TEST_CASE("what a package manager calls its work reaches no terminal raw") {
  CHECK(progress_text(step("\x1b[2J", 1, 2, "\a")) == "\\x1b[2J: 1 of 2 (\\x07)");
}

TEST_CASE("bytes are shown in size_text, of which there are a million in one") {
  CHECK(size_text(0) == "0.0 MB");
  CHECK(size_text(49999) == "0.0 MB");
  CHECK(size_text(50001) == "0.1 MB");
  CHECK(size_text(123456789) == "123.5 MB");
}

}  // namespace
}  // namespace devbox::commands
