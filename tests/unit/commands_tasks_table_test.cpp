#include "commands/tasks_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "commands/columns.hpp"

namespace devbox::commands {
namespace {

using Lines = std::vector<std::string>;

profile::Task named(const std::string& name) {
  profile::Task task;
  task.name = name;
  return task;
}

std::vector<profile::Task> three() {
  profile::Task all = named("all");
  all.needs = {"gen", "release"};
  profile::Task gen = named("gen");
  gen.run = {"python3", "gen.py", "a b"};
  gen.outputs = {"src/gen.h"};
  profile::Task release = named("release");
  release.description = "what goes out";
  release.run = profile::script("make");
  release.needs = {"gen"};
  release.outputs = {"build/app", "doc"};
  return {all, gen, release};
}

TEST_CASE("tasks are told in columns that line up") {
  CHECK(tasks_table(three(), 80) == Lines{
                                        "NAME     DESCRIPTION           NEEDS        OUTPUTS",
                                        "all                            gen release",
                                        "gen      python3 gen.py 'a b'               src/gen.h",
                                        "release  what goes out         gen          build/app doc",
                                    });
}

TEST_CASE("a column in which nobody has anything is left out") {
  profile::Task task = named("a");
  task.run = profile::script("make");
  CHECK(tasks_table({task}, 80) == Lines{"NAME  DESCRIPTION", "a     make"});
}

TEST_CASE("the longest texts are cut until the table fits, and names stay whole") {
  std::vector<profile::Task> tasks = three();
  tasks[1].description = std::string(200, 'd') + "é";
  tasks[2].outputs = {std::string(60, 'o')};
  const Lines lines = tasks_table(tasks, 80);
  std::size_t widest = 0;
  for (const std::string& line : lines) widest = std::max(widest, width_of(line));
  CHECK(widest == 80);
  CHECK(lines[2].find("ddd…") != std::string::npos);
  CHECK(lines[3].ends_with("ooo…"));
  const Lines narrow = tasks_table(tasks, 10);
  CHECK(narrow[3].starts_with("release  what go…  gen"));
}

TEST_CASE("a task without a description is known by the first line of its command") {
  profile::Task task = named("a");
  task.run = profile::script("\n  \t\n  make all \nsecond");
  CHECK(purpose(task) == "make all");
  task.run = {"echo", "a\nb\x1b"};
  CHECK(purpose(task).find('\n') == std::string::npos);
  CHECK(purpose(task).find('\x1b') == std::string::npos);
  task.description = "first\nsecond";
  CHECK(purpose(task) == "first");
  CHECK(purpose(named("b")).empty());
}

TEST_CASE("in JSON a task has all that it says") {
  profile::Task task = three()[2];
  task.env = {{"CC", "gcc"}};
  task.inputs = {"*.c"};
  task.cache = {"ccache"};
  task.cwd = "src";
  task.build_path = "/build";
  task.untracked = true;
  task.at = {"devbox.toml", 2, 8};
  CHECK(tasks_json({task}).dump() ==
        R"([{"name":"release","description":"what goes out","run":["sh","-e","-c","make"],)"
        R"("needs":["gen"],"inputs":["*.c"],"outputs":["build/app","doc"],"env":{"CC":"gcc"},)"
        R"("cwd":"src","hermetic":true,"untracked":true,"cache":["ccache"],)"
        R"("build_path":"/build","at":"devbox.toml:2:8"}])");
  CHECK(tasks_json({}).dump() == "[]");
}

}  // namespace
}  // namespace devbox::commands
