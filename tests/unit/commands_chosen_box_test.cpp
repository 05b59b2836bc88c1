#include "commands/chosen_box.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "util/error.hpp"

namespace devbox::commands {
namespace {

launch::Record a_record(const std::string& id, const std::string& name,
                        const std::string& group = "/sys/fs/cgroup/g") {
  launch::Record record;
  record.id = id;
  record.name = name;
  record.group = group;
  return record;
}

const std::vector<launch::Record> kRunning = {a_record("12.a1", "cpp"), a_record("123.b2", "tool"),
                                              a_record("123.b3", "tool"), a_record("7.c4", "12"),
                                              a_record("9.d5", "one")};

std::vector<launch::Record> with_one_without_group() {
  std::vector<launch::Record> running = kRunning;
  running.push_back(a_record("55.e6", "cpp", ""));
  return running;
}

std::string chosen(const std::string& word) { return chosen_box(kRunning, word).id; }

template <class Choose>
std::string refusal_of(Choose choose) {
  try {
    return "it is " + choose().id;
  } catch (const Error& error) {
    return error.message() + "; " + error.hint();
  }
}

std::string refusal(const std::string& word) {
  return refusal_of([&] { return chosen_box(kRunning, word); });
}

TEST_CASE("a box is meant by its id, by the beginning of one, or by its name") {
  CHECK(chosen("123.b2") == "123.b2");
  CHECK(chosen("123.b3") == "123.b3");
  CHECK(chosen("9") == "9.d5");
  CHECK(chosen("9.") == "9.d5");
  CHECK(chosen("9.d") == "9.d5");
  CHECK(chosen("cpp") == "12.a1");
  CHECK(chosen("12.a") == "12.a1");
}

TEST_CASE("a beginning has the whole number of the launcher") {
  CHECK(refusal("1") ==
        "no box that runs is 1; there are 12.a1 (cpp), 123.b2 (tool), 123.b3 (tool), 7.c4 (12), "
        "9.d5 (one)");
}

TEST_CASE("what means several boxes is refused with their ids") {
  CHECK(refusal("tool") == "tool means 2 boxes that run; by id: 123.b2 (tool), 123.b3 (tool)");
  CHECK(refusal("123") == "123 means 2 boxes that run; by id: 123.b2 (tool), 123.b3 (tool)");
  CHECK(refusal("12") == "12 means 2 boxes that run; by id: 12.a1 (cpp), 7.c4 (12)");
}

TEST_CASE("a box that has no group is told apart from one that does not run") {
  const std::vector<launch::Record> running = with_one_without_group();
  CHECK(chosen_group(running, "cpp").id == "12.a1");
  CHECK(chosen_box(running, "55").id == "55.e6");
  CHECK(refusal_of([&] { return chosen_group(running, "55"); }) ==
        "the box 55.e6 runs without a control group: nothing is counted of it, and nothing can be "
        "limited; start it with `--stats`, or with a limit");
  CHECK_THROWS_WITH_AS(chosen_group({}, "x\x1b"), "no box that runs is x\\x1b", Error);
}

TEST_CASE("where nothing runs, a box is refused with how to have one") {
  CHECK(refusal_of([] { return chosen_box({}, "x"); }) ==
        "no box that runs is x; none of yours runs; `devbox enter` starts one");
}

TEST_CASE("an id is shown as short as it is understood") {
  const std::vector<std::string> ids = {"12.a1", "123.b2", "123.b3", "9"};
  CHECK(short_id("12.a1", ids) == "12");
  CHECK(short_id("123.b2", ids) == "123.b2");
  CHECK(short_id("9", ids) == "9");
}

}  // namespace
}  // namespace devbox::commands
