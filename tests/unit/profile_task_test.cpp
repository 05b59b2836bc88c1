// [tasks.NAME]: what a profile may say there, what it comes to, and in which order tasks run.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "profile/task.hpp"
#include "profile_testing.hpp"

namespace devbox::profile {
namespace {

using testing::load_files;
using testing::load_text;
using testing::mistakes_of;
using Words = std::vector<std::string>;

std::vector<Task> tasks_of(const std::string& toml) {
  const Loaded loaded = load_text(toml);
  REQUIRE_MESSAGE(loaded.mistakes.empty(), describe(loaded.mistakes));
  return loaded.profile.tasks;
}

Task task_of(const std::string& keys) {
  const std::vector<Task> tasks = tasks_of("[tasks.a]\n" + keys);
  REQUIRE(tasks.size() == 1);
  return tasks[0];
}

// What is complained of a value of the task's key, behind "an entry of `tasks.a.KEY`" where it is
// in an array; empty: nothing.
std::string complaint(const std::string& key, const std::string& value) {
  const Loaded loaded = load_text("[tasks.a]\nrun = 'x'\n" + key + " = " + value);
  if (loaded.mistakes.empty()) return "";
  REQUIRE_MESSAGE(loaded.mistakes.size() == 1, describe(loaded.mistakes));
  const std::string& message = loaded.mistakes[0].message;
  const std::string subject = "`tasks.a." + key + "`";
  const std::size_t at = message.find(subject);
  REQUIRE(at != std::string::npos);
  return message.substr(at + subject.size());
}

std::string order(const std::vector<Task>& tasks, const std::string& name) {
  std::string names;
  for (const Task* task : in_order(tasks, name)) names += task->name + " ";
  return names;
}

TEST_CASE("every key of a task is read") {
  const std::vector<Task> tasks = tasks_of(R"(
[tasks.release]
description = "what goes out"
run = ["make", "", "all"]
needs = ["generate"]
inputs = ["./third_party//**/*.[ch]", "data/"]
outputs = ["./build/app/", "doc"]
env = { CC = "gcc", EMPTY = "", LITERAL = "${home} ~" }
cwd = "./src/"
build_path = "/build/"
cache = ["ccache"]
hermetic = false
untracked = true
[tasks.generate]
run = "python3 generate.py"
)");
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[0].name == "generate");  // by name
  const Task& task = tasks[1];
  CHECK(task.name == "release");
  CHECK(task.description == "what goes out");
  CHECK(task.run == Words{"make", "", "all"});
  CHECK(task.needs == Words{"generate"});
  CHECK(task.inputs == Words{"third_party/**/*.[ch]", "data"});
  CHECK(task.outputs == Words{"build/app", "doc"});
  CHECK(task.env ==
        std::map<std::string, std::string>{{"CC", "gcc"}, {"EMPTY", ""}, {"LITERAL", "${home} ~"}});
  CHECK(task.cwd == "src");
  CHECK(task.build_path == "/build");
  CHECK(task.cache == Words{"ccache"});
  CHECK_FALSE(task.hermetic);
  CHECK(task.untracked);
  CHECK(task.at.text() == "/p/devbox.toml:2:8");
}

TEST_CASE("a task that says little is hermetic, in the project, and sees what git tracks") {
  const Task task = task_of("run = 'make'");
  CHECK(task.hermetic);
  CHECK_FALSE(task.untracked);
  CHECK(task.cwd.empty());
  CHECK(task.build_path.empty());
  CHECK(task.env.empty());
  CHECK(task_of("run = 'make'\ncwd = '.'").cwd.empty());
  CHECK(tasks_of("schema = 1").empty());
}

TEST_CASE("a text is one for sh, which ends at the first command that fails") {
  CHECK(task_of("run = '''\nfirst\nsecond\n'''").run == Words{"sh", "-e", "-c", "first\nsecond\n"});
}

TEST_CASE("arguments follow an argv, and are $1 and so on of a text") {
  CHECK(with_arguments({"make", "-s"}, {"all", ""}) == Words{"make", "-s", "all", ""});
  CHECK(with_arguments(script("echo $1"), {"a b"}) ==
        Words{"sh", "-e", "-c", "echo $1", "sh", "a b"});
  CHECK(with_arguments(script("true"), {}) == script("true"));
  CHECK(with_arguments({"sh", "-c", "true"}, {"a"}) == Words{"sh", "-c", "true", "a"});
}

TEST_CASE("a task without a command stands for those that it needs, and makes nothing") {
  CHECK(tasks_of("[tasks.b]\nneeds = ['a']\n[tasks.a]\nrun = 'x'")[1].run.empty());
  CHECK(mistakes_of("[tasks.a]\ndescription = 'x'") ==
        "devbox.toml:1:8: `tasks.a` needs `run`: the command, or `needs`: other tasks that it "
        "stands for");
  CHECK(mistakes_of("[tasks.a]\nrum = 'x'") ==
        "devbox.toml:2:1: unknown key `tasks.a.rum`; did you mean `tasks.a.run`?");
  CHECK(mistakes_of("[tasks.a]\nneeds = ['b']\noutputs = ['x']\n[tasks.b]\nrun = 'x'") ==
        "devbox.toml:3:1: `tasks.a.outputs`: a task without `run` makes nothing");
}

TEST_CASE("a command has a program") {
  CHECK(mistakes_of("tasks.a.run = ''") == "devbox.toml:1:15: `tasks.a.run` must not be empty");
  CHECK(mistakes_of("tasks.a.run = []") == "devbox.toml:1:15: `tasks.a.run` must not be empty");
  CHECK(mistakes_of("tasks.a.run = ['', 'x']") ==
        "devbox.toml:1:16: the first entry of `tasks.a.run` must not be empty");
  CHECK(mistakes_of("tasks.a.run = ['x', 1]") ==
        "devbox.toml:1:21: an entry of `tasks.a.run` must be a string, not an integer");
  CHECK(mistakes_of("tasks.a.run = ['x', \"\\u0000\"]") ==
        "devbox.toml:1:21: an entry of `tasks.a.run` must not hold a NUL character");
}

TEST_CASE("a task's name is one word of a shell and of a file system") {
  CHECK(mistakes_of("tasks.'1.x_y-z'.run = 'x'").empty());
  const std::string letters = " must be a name of letters, digits, \".\", \"_\" and \"-\", not ";
  CHECK(mistakes_of("tasks.'a b'.run = 'x'") ==
        "devbox.toml:1:7: `tasks.\"a b\"`" + letters + "\"a b\"");
  CHECK(mistakes_of("tasks.'a/b'.run = 'x'") ==
        "devbox.toml:1:7: `tasks.\"a/b\"`" + letters + "\"a/b\"");
  const std::string begins = " must be a name that begins with a letter, a digit or \"_\", not ";
  CHECK(mistakes_of("tasks.-x.run = 'x'") == "devbox.toml:1:7: `tasks.-x`" + begins + "\"-x\"");
  CHECK(mistakes_of("tasks.'..'.run = 'x'") ==
        "devbox.toml:1:7: `tasks.\"..\"`" + begins + "\"..\"");
  CHECK(mistakes_of("tasks.''.run = 'x'") == "devbox.toml:1:7: `tasks.\"\"` must not be empty");
  CHECK(mistakes_of("tasks." + std::string(64, 'a') + ".run = 'x'").empty());
  CHECK(mistakes_of("tasks." + std::string(65, 'a') + ".run = 'x'")
            .ends_with(" must have at most 64 characters, not 65"));
  CHECK(complaint("cache", "['a/b']") == letters + "\"a/b\"");
}

TEST_CASE("inputs are patterns within the project") {
  for (const char* good :
       {"*", "a/**/b", "**", "[ab]?", "[]a]", "[!]]", "[^a-c].x", "...", "a..b", "~x", ".cache"}) {
    CAPTURE(good);
    CHECK(complaint("inputs", "['" + std::string(good) + "']").empty());
  }
  CHECK(complaint("inputs", "['/etc/x']") == " must be relative to the project, not \"/etc/x\"");
  CHECK(complaint("inputs", "['~/x']") == " must be relative to the project, not \"~/x\"");
  CHECK(complaint("inputs", "['${home}/x']") == " must be plain: it takes no variables");
  CHECK(complaint("inputs", "['a/../b']") == " must not climb with \"..\"");
  CHECK(complaint("inputs", "['./']") ==
        " must not be the project itself: `untracked = true` shows all of it");
  CHECK(complaint("inputs", "['a**/b']") ==
        ": `**` stands alone between slashes, not as in \"a**/b\"");
  CHECK(complaint("inputs", "['[ab']") == ": a `[` of \"[ab\" lacks its `]`");
  CHECK(complaint("inputs", "['[a/b]']") == ": a `[` of \"[a/b]\" lacks its `]`");
  CHECK(complaint("inputs", "['x[]']") == ": a `[` of \"x[]\" lacks its `]`");
  CHECK(complaint("inputs", "['\\*']") == " must not hold a backslash: `[*]` matches a star");
}

TEST_CASE("outputs are paths within the project, and not what says how it is built") {
  CHECK(complaint("outputs", "['a', 'ab', 'b/c', 'b/d', '.gitignore', 'x/devbox.toml']").empty());
  CHECK(complaint("outputs", "['/x']") == " must be relative to the project, not \"/x\"");
  CHECK(complaint("outputs", "['a/..']") == " must not climb with \"..\"");
  CHECK(complaint("outputs", "['.']") == " must not be the project itself");
  CHECK(complaint("outputs", "['dist/*.whl']") ==
        " must be a path and no pattern, not \"dist/*.whl\": name the directory");
  CHECK(complaint("outputs", "['./.git']") == " must not be in \".git\", as \"./.git\" is");
  CHECK(complaint("outputs", "['sub/.git/x']") == " must not be in \".git\", as \"sub/.git/x\" is");
  CHECK(complaint("outputs", "['./devbox.toml']") ==
        " must not be \"devbox.toml\": it says what is built");
  CHECK(complaint("outputs", "['devbox.lock.toml']") ==
        " must not be \"devbox.lock.toml\": it says what is built");
}

TEST_CASE("no output is in another") {
  CHECK(
      mistakes_of("[tasks.a]\nrun = 'x'\noutputs = ['b/c/d', './b', 'bc', 'b/']") ==
      "devbox.toml:3:12: an entry of `tasks.a.outputs`: \"b/c/d\" is in \"b\", which is an output "
      "already\n"
      "devbox.toml:3:34: `tasks.a.outputs` holds \"b/\" twice");
}

TEST_CASE("a task's directory is in the project") {
  CHECK(complaint("cwd", "''") == " must not be empty");
  CHECK(complaint("cwd", "'/src'") == " must be relative to the project, not \"/src\"");
  CHECK(complaint("cwd", "'../x'") == " must not climb with \"..\"");
  CHECK(complaint("cwd", "'${project}'") == " must be plain: it takes no variables");
}

TEST_CASE("a build path is free in every image") {
  for (const char* good : {"/build", "/tmp/x", "/home/u/x", "/usr/src/x", "/opt/x", "/etcetera"}) {
    CAPTURE(good);
    CHECK(complaint("build_path", "'" + std::string(good) + "'").empty());
  }
  CHECK(complaint("build_path", "'build'") == " must be an absolute path, not \"build\"");
  CHECK(complaint("build_path", "''") == " must not be empty");
  CHECK(complaint("build_path", "'//.'") == " must not be \"/\"");
  CHECK(complaint("build_path", "'/build/../etc'") == " must not climb with \"..\"");
  CHECK(complaint("build_path", "'/${home}'") == " must be plain: it takes no variables");
  for (const std::string taken :
       {"/proc", "/sys", "/dev", "/run", "/etc", "/usr", "/bin", "/lib64"}) {
    CAPTURE(taken);
    const std::string start = " must not be in \"" + taken + "\", as \"" + taken;
    CHECK(complaint("build_path", "'" + taken + "'") == start + "\" is: try \"/build\"");
    CHECK(complaint("build_path", "'" + taken + "//x'") == start + "//x\" is: try \"/build\"");
  }
  for (const std::string itself : {"/tmp", "/var", "/home", "/opt", "/usr/src"}) {
    CAPTURE(itself);
    CHECK(complaint("build_path", "'" + itself + "/'") ==
          " must not be \"" + itself + "\" itself: a directory below it can be");
  }
}

TEST_CASE("names and values of a task's environment are such that exec takes them") {
  CHECK(mistakes_of("[tasks.a]\nrun = 'x'\nenv = { 'A=B' = '' }") ==
        "devbox.toml:3:9: `tasks.a.env.\"A=B\"` must not hold a \"=\"");
  CHECK(mistakes_of("[tasks.a]\nrun = 'x'\nenv = { A = \"\\u0000\" }") ==
        "devbox.toml:3:13: `tasks.a.env.A` must not hold a NUL character");
}

TEST_CASE("a task that is needed and not there is told with its neighbour, each of them") {
  CHECK(mistakes_of("[tasks.a]\nrun = 'x'\nneeds = ['generat', 'zzzzz']\n[tasks.generate]\n"
                    "run = 'x'\nneeds = ['']") ==
        "devbox.toml:3:10: `tasks.a.needs`: there is no task \"generat\"; did you mean "
        "\"generate\"?\n"
        "devbox.toml:3:21: `tasks.a.needs`: there is no task \"zzzzz\"\n"
        "devbox.toml:6:10: an entry of `tasks.generate.needs` must not be empty");
}

TEST_CASE("a cycle is told whole, where it begins") {
  CHECK(mistakes_of("[tasks.a]\nneeds = ['a']") == "devbox.toml:2:10: `tasks.a.needs`: a needs a");
  CHECK(mistakes_of("[tasks.a]\nneeds = ['z', 'b']\n[tasks.b]\nneeds = ['c']\n[tasks.c]\n"
                    "needs = ['b']\n[tasks.z]\nrun = 'x'") ==
        "devbox.toml:4:10: `tasks.b.needs`: b needs c needs b");
  CHECK(mistakes_of("[tasks.a]\nneeds = ['z', 'b']\n[tasks.b]\nneeds = ['c']\n[tasks.c]\n"
                    "needs = ['a', 'c']\n[tasks.z]\nrun = 'x'") ==
        "devbox.toml:2:15: `tasks.a.needs`: a needs b needs c needs a\n"
        "devbox.toml:6:15: `tasks.c.needs`: c needs c");
}

TEST_CASE("two tasks that need a third are no cycle") {
  const std::vector<Task> tasks = tasks_of(
      "[tasks]\nall.needs = ['y', 'x', 'y']\nx.needs = ['base']\ny.needs = ['base']\n"
      "base.run = 'x'\nother.run = 'x'");
  CHECK(order(tasks, "all") == "base y x all ");
  CHECK(order(tasks, "x") == "base x ");
  CHECK(order(tasks, "other") == "other ");
  CHECK(find_task(tasks, "bas") == nullptr);
}

TEST_CASE("a chain of needs may be as long as a profile makes it") {
  constexpr int kLength = 20000;
  std::string toml = "[tasks]\nt0.run = 'x'\n";
  for (int i = 1; i < kLength; ++i)
    toml += "t" + std::to_string(i) + ".needs = ['t" + std::to_string(i - 1) + "']\n";
  const std::vector<Task> tasks = tasks_of(toml);
  const std::vector<const Task*> all = in_order(tasks, "t" + std::to_string(kLength - 1));
  REQUIRE(all.size() == kLength);
  CHECK(all.front()->name == "t0");
}

TEST_CASE("a task of a base is changed key by key, and may need one of the nearer profile") {
  const Loaded loaded = load_files(
      {{"/p/devbox.toml", "extends = ['base']\n[tasks.a]\nrun = ['make']\n[tasks.b]\nrun = 'x'"},
       {"/names/base.toml", "[tasks.a]\nrun = 'old'\nneeds = ['b']\noutputs = ['o']"}});
  REQUIRE_MESSAGE(loaded.mistakes.empty(), describe(loaded.mistakes));
  REQUIRE(loaded.profile.tasks.size() == 2);
  CHECK(loaded.profile.tasks[0].run == Words{"make"});
  CHECK(loaded.profile.tasks[0].needs == Words{"b"});
  CHECK(loaded.profile.tasks[0].outputs == Words{"o"});
}

TEST_CASE("a mistake in a task of a base names the base's file") {
  const Loaded loaded =
      load_files({{"/p/devbox.toml", "extends = ['base']\n[tasks.b]\nneeds = ['a']"},
                  {"/names/base.toml", "[tasks.a]\nneeds = ['b']"}});
  CHECK(describe(loaded.mistakes) == "/names/base.toml:2:10: `tasks.a.needs`: a needs b needs a");
}

}  // namespace
}  // namespace devbox::profile
