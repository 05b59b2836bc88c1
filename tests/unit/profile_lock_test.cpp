// The lock file as text: every mistake with its place, and what was written is what is read.
#include "profile/lock.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace devbox::profile {
namespace {

using Words = std::vector<std::string>;

std::string digest(char digit) { return "sha256:" + std::string(64, digit); }

ParsedLock parsed(const std::string& text, LockPart part = LockPart::whole) {
  return parse_lock(text, "devbox.lock.toml", part);
}

Words mistakes_of(const std::string& text) { return parsed(text).mistakes; }

std::string shown(const LockedPackage& package) {
  return fmt::format("{}|{}|{}|{}", package.name, package.version, package.architecture,
                     package.sha256);
}

std::string shown(const LockedImage& image) {
  std::string text = fmt::format("archive {} epoch {} plain {} tree {}\n", image.archive,
                                 image.epoch, image.plain, image.tree);
  for (const LockedPackage& package : image.installed) text += shown(package) + "\n";
  return text;
}

std::string shown(const Lock& lock) {
  std::string text = lock.source + "\n";
  for (const std::string& package : lock.packages) text += "wants " + package + "\n";
  for (const auto& [name, image] : lock.platforms) text += name + ": " + shown(image);
  return text;
}

LockedImage debian_image(char digit) {
  return {.archive = {},
          .epoch = 1764154800,
          .plain = std::string(64, digit),
          .tree = std::string(64, 'e'),
          .installed = {{"adduser", "3.134", "all", std::string(64, '1')},
                        {"g++", "4:12.2.0-3", "amd64", std::string(64, '2')},
                        {"libstdc++6", "12.2.0-14+deb12u1", "amd64", std::string(64, '3')},
                        {"libperl5.36", "5.36.0-7~x", "amd64", std::string(64, '4')}}};
}

Lock two_platforms() {
  Lock lock{"debian:bookworm", {"cmake", "g++"}, {}};
  lock.platforms["linux/amd64"] = debian_image('a');
  lock.platforms["linux/arm/v7"] = debian_image('b');
  return lock;
}

TEST_CASE("a lock file is written for people, in one order") {
  Lock lock{"debian:bookworm", {"g++"}, {}};
  lock.platforms["linux/amd64"] = debian_image('a');
  lock.platforms["linux/amd64"].installed.resize(2);
  CHECK(lock_text(lock, "devbox.toml") ==
        "# What the image of devbox.toml stood for when `devbox lock` was run. Keep it beside the "
        "profile, in\n"
        "# version control too; `devbox lock --update` writes it anew.\n"
        "schema = 1\n"
        "source = \"debian:bookworm\"\n"
        "packages = [\"g++\"]\n"
        "\n"
        "[platform.\"linux/amd64\"]\n"
        "epoch = 1764154800\n"
        "plain = \"" +
            digest('a') +
            "\"\n"
            "tree = \"" +
            digest('e') +
            "\"\n"
            "\n"
            "[platform.\"linux/amd64\".installed]\n"
            "adduser = \"3.134 all " +
            digest('1') +
            "\"\n"
            "\"g++\" = \"4:12.2.0-3 amd64 " +
            digest('2') + "\"\n");
}

TEST_CASE("what was written is what is read") {
  const Lock lock = two_platforms();
  const ParsedLock again = parsed(lock_text(lock, "devbox.toml"));
  CHECK(again.mistakes == Words{});
  // "g++" and "libperl5.36" are keys that must stand in quotes.
  Lock sorted = lock;
  for (auto& [name, image] : sorted.platforms) {
    std::sort(image.installed.begin(), image.installed.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
  }
  CHECK(shown(again.lock) == shown(sorted));
  CHECK(lock_text(again.lock, "devbox.toml") == lock_text(sorted, "devbox.toml"));
}

TEST_CASE("an archive's lock has its digest in place of a time and packages") {
  Lock lock{"tar:debian.tar", {}, {}};
  lock.platforms["linux/amd64"] = {.archive = std::string(64, 'c'),
                                   .epoch = 0,
                                   .plain = std::string(64, 'a'),
                                   .tree = {},
                                   .installed = {}};
  const std::string text = lock_text(lock, "devbox.toml");
  CHECK(text.find("epoch") == std::string::npos);
  CHECK(text.find("installed") == std::string::npos);
  CHECK(text.find("tree") == std::string::npos);
  CHECK(text.find("archive = \"" + digest('c') + "\"\n") != std::string::npos);
  CHECK(shown(parsed(text).lock) == shown(lock));
}

TEST_CASE("names that no shell would like come back as they were") {
  const std::string odd[] = {"a\"b",
                             "back\\slash",
                             "tab\tbed",
                             "bell\a",
                             std::string("nul\0", 4),
                             "\x7f",
                             "ünïcödé",
                             "two\nlines",
                             "[x]",
                             "#no",
                             " ",
                             std::string(300, 'n'),
                             std::string(300, '+')};
  for (const std::string& name : odd) {
    CAPTURE(name);
    Lock lock{"tar:" + name, {name}, {}};
    lock.platforms[name] = debian_image('a');
    lock.platforms[name].installed = {{name, "1", "all", std::string(64, '1')}};
    const ParsedLock again = parsed(lock_text(lock, "devbox.toml"));
    CHECK(again.mistakes == Words{});
    CHECK(shown(again.lock) == shown(lock));
  }
}

TEST_CASE("a profile's name with a line break in it stays within the comment") {
  const std::string text = lock_text(two_platforms(), "a\nsource = 'x'\x1b.toml");
  CHECK(parsed(text).mistakes == Words{});
  CHECK(text.starts_with("# What the image of a\\x0asource = 'x'\\x1b.toml stood for"));
}

TEST_CASE("every mistake is told with its place") {
  const std::string head = "schema = 1\nsource = 'debian:x'\n";
  const std::string good = head + "[platform.'linux/amd64']\nplain = '" + digest('a') + "'\n";
  const std::string short_digest =
      " must be \"sha256:\" and 64 lower-case hex digits, not \"sha256:12\"";
  const std::string three = " must be \"VERSION ARCHITECTURE sha256:…\"";
  struct Row {
    std::string toml;
    Words messages;  // behind "devbox.lock.toml:"
    std::string reason;
  };
  const Row rows[] = {
      {good, {}, "nothing wrong"},
      {"", {"1:1: `schema` is missing", "1:1: `source` is missing"}, "an empty file"},
      {"source = 'x'\n", {"1:1: `schema` is missing"}, "no schema"},
      {"schema = 1\n", {"1:1: `source` is missing"}, "no source"},
      {"schema = 2\nsource = 'x'\n",
       {"1:10: `schema` must be 1: a newer devbox wrote this file"},
       "a later format"},
      {"schema = '1'\nsource = 'x'\n",
       {"1:10: `schema` must be 1: a newer devbox wrote this file"},
       "a string"},
      {"schema = 1\nsource = 3\n",
       {"1:1: `source` is missing", "2:10: `source` must be a string that is not empty"},
       "a number as source"},
      {head + "colour = 'red'\n", {"3:1: unknown key `colour`"}, "a key of somebody's"},
      {head + "packages = 'g++'\n", {"3:12: `packages` must be a list of strings"}, "no list"},
      {head + "packages = ['a', 3]\n",
       {"3:18: `\"\"` must be a string that is not empty"},
       "a number in the list"},
      {head + "platform = 1\n", {"3:12: `platform` must be a table"}, "no table"},
      {head + "platform.x = 1\n", {"3:10: unknown key `x`"}, "a platform that is no table"},
      {head + "[platform.x]\n", {"3:11: `platform.x`: `plain` is missing"}, "no digest"},
      {head + "[platform.'linux/amd64']\nplain = 'sha256:12'\n",
       {"3:11: `platform.\"linux/amd64\"`: `plain` is missing", "4:9: `plain`" + short_digest},
       "a short digest"},
      {good + "tree = 'sha256:12'\n", {"5:8: `tree`" + short_digest}, "of the tree"},
      {good + "archive = 'sha256:12'\n", {"5:11: `archive`" + short_digest}, "of the archive"},
      {good + "epoch = -1\n", {"5:1: unknown key `epoch`"}, "before 1970"},
      {good + "epoch = '1'\n", {"5:1: unknown key `epoch`"}, "a time that is text"},
      {good + "installed = 1\n", {"5:1: unknown key `installed`"}, "no table of packages"},
      {good + "installed.hello = '2.10-3 amd64'\n",
       {"5:19: `hello`" + three},
       "a package without a digest"},
      {good + "installed.'g++' = '1 amd64 sha256:12'\n",
       {"5:19: `\"g++\"`" + three},
       "a package with a short one"},
      {good + "installed.hello = ' amd64 " + digest('a') + "'\n",
       {"5:19: `hello`" + three},
       "a package without a version"},
      {good + "installed.hello = 3\n",
       {"5:19: `hello` must be a string that is not empty", "5:19: `hello`" + three},
       "a number as package"},
      {head + "platform = [", {"3:13: Error while parsing array: encountered end-of-file"}, "cut"},
      {head + "source = 'y'\n",
       {"3:10: Error while parsing key-value pair: cannot redefine existing string 'source'"},
       "twice"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    Words expected;
    for (const std::string& message : row.messages)
      expected.push_back("devbox.lock.toml:" + message);
    CHECK(mistakes_of(row.toml) == expected);
  }
}

TEST_CASE("without its packages a lock says the same of all else") {
  const std::string text = lock_text(two_platforms(), "devbox.toml");
  const ParsedLock whole = parsed(text);
  ParsedLock head = parsed(text, LockPart::without_packages);
  CHECK(head.mistakes == Words{});
  CHECK(head.lock.platforms.at("linux/amd64").installed.empty());
  for (const auto& [name, image] : whole.lock.platforms)
    head.lock.platforms.at(name).installed = image.installed;
  CHECK(shown(head.lock) == shown(whole.lock));
}

TEST_CASE("without its packages a lock has its mistakes on the same lines") {
  const std::string text = lock_text(two_platforms(), "devbox.toml") + "\n[elsewhere]\nplain = 1\n";
  const auto lines = std::count(text.begin(), text.end(), '\n');
  const Words expected = {fmt::format("devbox.lock.toml:{}:2: unknown key `elsewhere`", lines - 1)};
  CHECK(mistakes_of(text) == expected);
  CHECK(parsed(text, LockPart::without_packages).mistakes == expected);
}

TEST_CASE("what is wrong with a package is found where the packages are read, and only there") {
  const std::string text = lock_text(two_platforms(), "devbox.toml") + "more = 'x'\n";
  CHECK(mistakes_of(text).size() == 1);
  CHECK(parsed(text, LockPart::without_packages).mistakes.empty());
}

TEST_CASE("a lock file lies beside its profile, under a name of its own") {
  CHECK(lock_name("devbox.toml") == "devbox.lock.toml");
  CHECK(lock_name("cpp.toml") == "cpp.lock.toml");
  CHECK(lock_name("profile") == "profile.lock.toml");
  CHECK(lock_name("a.toml.toml") == "a.toml.lock.toml");
  CHECK(is_lock_name("devbox.lock.toml"));
  CHECK(is_lock_name("cpp.lock.toml"));
  CHECK_FALSE(is_lock_name("devbox.toml"));
  CHECK_FALSE(is_lock_name("lock.toml"));
  CHECK_FALSE(is_lock_name("devbox.lock.toml.orig"));
}

TEST_CASE("a tree that was committed is pinned beside what its image is of") {
  Lock lock = two_platforms();
  lock.platforms["linux/amd64"].committed = std::string(64, 'c');
  const std::string text = lock_text(lock, "devbox.toml");
  CHECK(text.find("committed = \"" + digest('c') + "\"\n") != std::string::npos);
  const ParsedLock read = parsed(text, LockPart::without_packages);
  REQUIRE(read.mistakes.empty());
  CHECK(read.lock.platforms.at("linux/amd64").committed == std::string(64, 'c'));
  CHECK(read.lock.platforms.at("linux/amd64").plain == std::string(64, 'a'));
  CHECK(read.lock.platforms.at("linux/arm/v7").committed.empty());
}

}  // namespace
}  // namespace devbox::profile
