#include "commands/build_verdict.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::commands {
namespace {

profile::Task a_task() {
  profile::Task task;
  task.name = "t";
  return task;
}

build::Verdict a_difference() {
  build::Verdict verdict;
  verdict.differences = {{.path = "o\n", .first = "", .second = "", .offset = 4, .where = ""}};
  verdict.causes = {{"hostname", {"o\n"}}, {build::kTogether, {"p"}}};
  verdict.files = 2;
  verdict.bytes = 1500000;
  verdict.builds = 16;
  return verdict;
}

TEST_CASE("a verdict has a line a file, a line a cause, and what it is of") {
  CHECK(verdict_text(a_task(), a_difference(), {{"cpus", "there is one processor here"}}) ==
        "differs: o\\x0a at offset 4\n"
        "cause: hostname (the host's name): o\\x0a\n"
        "cause: several together (no variation alone makes the difference): p\n"
        "not varied: cpus: there is one processor here\n"
        "t is not reproducible: 1 of 2 files of 1.5 MB in 16 builds\n");
}

TEST_CASE("a verdict of no difference says so") {
  build::Verdict verdict;
  verdict.files = 1;
  verdict.builds = 2;
  CHECK(verdict_text(a_task(), verdict, {}) ==
        "t is reproducible: 1 file of 0 bytes in 2 builds\n");
}

TEST_CASE("what is not listed is counted") {
  build::Verdict verdict = a_difference();
  verdict.left_out = 3;
  const std::string text = verdict_text(a_task(), verdict, {});
  CHECK(text.find("differs: and 3 more\n") != std::string::npos);
  CHECK(text.find("t is not reproducible: 4 of 2 files") != std::string::npos);
}

TEST_CASE("the JSON of a verdict has the same") {
  const std::string json =
      verdict_json(a_task(), a_difference(), {build::Variation::hostname}, {{"cpus", "one"}});
  for (const char* part :
       {"\"task\": \"t\"", "\"reproducible\": false", "\"builds\": 16", "\"hostname\"",
        "\"path\": \"o\\n\"", "\"offset\": 4", "\"why\": \"one\""})
    CHECK_MESSAGE(json.find(part) != std::string::npos, part);
}

}  // namespace
}  // namespace devbox::commands
