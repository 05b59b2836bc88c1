// How a Debian root filesystem is asked for, and what is made of what mmdebstrap, apt and dpkg say.
#include "image/debian.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "host_temporary.hpp"

namespace devbox::image {
namespace {

using Words = std::vector<std::string>;

std::string hex(char digit) { return std::string(64, digit); }

Json recipe_json() {
  return {{"suite", "bookworm"},
          {"packages", {"cmake", "g++"}},
          {"architecture", "amd64"},
          {"epoch", 1764154800},
          {"locked",
           {{{"name", "g++"},
             {"version", "4:12.2.0-3"},
             {"architecture", "amd64"},
             {"sha256", hex('a')}}}},
          {"uids", {{0, 1000, 1}, {1, 100000, 65536}}},
          {"gids", {{0, 1000, 1}}},
          {"user", "dev"},
          {"home", "/home/dev"},
          {"log", "/home/dev/log"}};
}

std::string refusal_of(const Json& json) {
  try {
    parse_recipe(json_line(json));
    return "";
  } catch (const Error& error) {
    return error.message();
  }
}

bool has(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

TEST_CASE("a recipe is read as it was written") {
  const Recipe recipe = parse_recipe(json_line(recipe_json()));
  CHECK(recipe.suite == "bookworm");
  CHECK(recipe.packages == Words{"cmake", "g++"});
  CHECK(recipe.architecture == "amd64");
  CHECK(recipe.epoch == 1764154800);
  CHECK(recipe.locked == std::vector<Package>{{"g++", "4:12.2.0-3", "amd64", hex('a')}});
  REQUIRE(recipe.maps.uids.size() == 2);
  CHECK(recipe.maps.uids[1].inside == 1);
  CHECK(recipe.maps.uids[1].outside == 100000);
  CHECK(recipe.maps.uids[1].count == 65536);
  CHECK(recipe.maps.gids.size() == 1);
  CHECK(recipe.user == "dev");
  CHECK(recipe.home == "/home/dev");
  CHECK(recipe.log == "/home/dev/log");
}

TEST_CASE("a recipe without a member is refused by the member's name") {
  const Json whole = recipe_json();  // its items do not keep it
  for (const auto& [key, value] : whole.items()) {
    Json without = whole;
    without.erase(key);
    CHECK(refusal_of(without) == fmt::format("the recipe's `{}` is missing or wrong", key));
  }
}

TEST_CASE("a recipe whose member is of another type or form is refused by the member's name") {
  struct Row {
    const char* key;
    Json value;
    const char* reason;
  };
  const Row rows[] = {
      {"suite", 3, "a number"},
      {"suite", "", "nothing"},
      {"suite", "-x", "an option of mmdebstrap's"},
      {"suite", "book worm", "two words"},
      {"suite", "x;reboot", "a command"},
      {"suite", "$(reboot)", "a command of a shell's"},
      {"architecture", "amd64,i386", "two"},
      {"architecture", nullptr, "null"},
      {"epoch", "1", "text"},
      {"epoch", 1.5, "a fraction"},
      {"packages", {"a", 3}, "a number"},
      {"packages", {"a b"}, "two words"},
      {"packages", {"--purge"}, "an option"},
      {"packages", {"a,b"}, "two names in one"},
      {"packages", "a\nb", "no list"},
      {"locked", {"g++"}, "no object"},
      {"locked", {{{"name", "g++"}}}, "a package without a version"},
      {"uids", {{0, 1000}}, "two numbers"},
      {"uids", {{0, -1, 1}}, "a negative one"},
      {"uids", {{0, 4294967296, 1}}, "beyond any id"},
      {"gids", {"0 0 1"}, "text"},
      {"gids", 5, "no list"},
      {"user", 5, "a number"},
      {"home", Json::array(), "a list"},
      {"log", false, "false"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.key);
    CAPTURE(row.reason);
    Json json = recipe_json();
    json[row.key] = row.value;
    // Of a package it is the package's member that is named.
    const bool told = refusal_of(json).ends_with("` is missing or wrong");
    CHECK(told);
    if (std::string_view(row.key) != "locked")
      CHECK(refusal_of(json) == fmt::format("the recipe's `{}` is missing or wrong", row.key));
  }
}

TEST_CASE("what is no object at all is no recipe") {
  for (const char* text : {"", "[]", "3", "{", "null", "\xff"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_recipe(text), Error);
  }
}

TEST_CASE("a locked package's members are words, whatever a lock file has in them") {
  for (const char* key : {"name", "version", "architecture", "sha256"}) {
    for (const char* value :
         {"a b", "a'b", "a\nEND", "`x`", "$x", "", "-o", "a\"b", "a|b", "a\\"}) {
      CAPTURE(key);
      CAPTURE(value);
      Json json = recipe_json();
      json["locked"][0][key] = value;
      CHECK(refusal_of(json) == fmt::format("the recipe's `{}` is missing or wrong", key));
    }
  }
}

TEST_CASE("mmdebstrap is told the suite, the packages and the hooks, and writes to its output") {
  Recipe recipe = parse_recipe(json_line(recipe_json()));
  const Words locked = arguments(recipe, "/tmp/exchange");
  CHECK(locked.front() == "mmdebstrap");
  CHECK(locked[locked.size() - 2] == "bookworm");
  CHECK(locked.back() == "-");
  CHECK(has(locked, "--include=cmake,g++"));
  CHECK(has(locked, "--architectures=amd64"));
  CHECK(has(locked, "--customize-hook=sh /tmp/exchange/customize \"$1\""));
  CHECK(has(locked, "--setup-hook=sh /tmp/exchange/setup \"$1\""));
  recipe.locked.clear();
  recipe.packages.clear();
  const Words plain = arguments(recipe, "/tmp/exchange");
  for (const std::string& word : plain) {
    CHECK_FALSE(word.starts_with("--include"));
    CHECK_FALSE(word.starts_with("--setup-hook"));
  }
}

TEST_CASE("there is a script for each hook, and one to set up only where packages are locked") {
  Recipe recipe = parse_recipe(json_line(recipe_json()));
  const std::vector<Script> locked = scripts(recipe, "/tmp/exchange");
  REQUIRE(locked.size() == 2);
  CHECK(locked[0].name == "customize");
  CHECK(locked[1].name == "setup");
  recipe.locked.clear();
  CHECK(scripts(recipe, "/tmp/exchange").size() == 1);
}

TEST_CASE("the setup script pins each package in its exact version") {
  Recipe recipe = parse_recipe(json_line(recipe_json()));
  recipe.locked.push_back({"libc6", "2.36-9+deb12u14", "amd64", hex('b')});
  const std::string text = scripts(recipe, "/tmp/exchange")[1].text;
  CHECK(test::contains(text, "Package: g++\nPin: version 4:12.2.0-3\nPin-Priority: 1001\n\n"));
  CHECK(test::contains(text, "apt-cache show g++=4:12.2.0-3 libc6=2.36-9+deb12u14 "));
  CHECK(test::contains(text, "[ \"$there\" = 2 ]\n"));
}

TEST_CASE("the scripts are scripts") {
  const test::TemporaryDirectory here;
  const Recipe recipe = parse_recipe(json_line(recipe_json()));
  for (const Script& script : scripts(recipe, "/tmp/exchange")) {
    CAPTURE(script.text);
    const std::string file = here.file(script.name, script.text);
    CHECK(::system(("sh -n " + file).c_str()) == 0);
  }
}

constexpr const char* kRecords =
    "Package: libc6\n"
    "Source: glibc\n"
    "Version: 2.36-9+deb12u14\n"
    "Installed-Size: 12988\n"
    "Architecture: amd64\n"
    "Depends: libgcc-s1, libcrypt1 (>= 1:4.4.10-10~)\n"
    "Description-en: GNU C Library: Shared libraries\n"
    " Contains the standard libraries\n"
    " Package: not-a-package\n"
    "MD5sum: 0123456789abcdef0123456789abcdef\n"
    "SHA256: 1111111111111111111111111111111111111111111111111111111111111111\n"
    "\n"
    "Package: adduser\n"
    "Version: 3.134\n"
    "Architecture: all\n"
    "SHA256: 2222222222222222222222222222222222222222222222222222222222222222\n";

TEST_CASE("the records of apt are told apart, and their other fields are left out") {
  CHECK(parse_records(kRecords) ==
        std::vector<Package>{{"libc6", "2.36-9+deb12u14", "amd64", hex('1')},
                             {"adduser", "3.134", "all", hex('2')}});
  CHECK(parse_records("").empty());
  CHECK(parse_records("\n\n\n").empty());
}

TEST_CASE("each package that is installed has the digest of its record, sorted by name") {
  CHECK(parse_packages("libc6 2.36-9+deb12u14 amd64\nadduser 3.134 all\n", kRecords) ==
        std::vector<Package>{{"adduser", "3.134", "all", hex('2')},
                             {"libc6", "2.36-9+deb12u14", "amd64", hex('1')}});
}

std::string packages_refusal(const std::string& installed, const std::string& records) {
  return test::error_of([&] { parse_packages(installed, records); }).message();
}

TEST_CASE("a package that apt has no digest of is refused by name") {
  CHECK(packages_refusal("libc6 2.36-10 amd64\n", kRecords) ==
        "apt has no SHA-256 of the package libc6 2.36-10");
  CHECK(packages_refusal("libc6 2.36-9+deb12u14 i386\n", kRecords) ==
        "apt has no SHA-256 of the package libc6 2.36-9+deb12u14");
  CHECK(packages_refusal("x 1 all\n", "Package: x\nVersion: 1\nArchitecture: all\n") ==
        "apt has no SHA-256 of the package x 1");
  CHECK(
      packages_refusal("x 1 all\n", "Package: x\nVersion: 1\nArchitecture: all\nSHA256: 1234\n") ==
      "apt has no SHA-256 of the package x 1");
}

TEST_CASE("a list of packages that is none is refused") {
  for (const char* text : {"libc6 2.36-9+deb12u14\n", "a b c d\n", "libc6 $(x) amd64\n"}) {
    CAPTURE(text);
    CHECK(packages_refusal(text, kRecords) ==
          "dpkg-query listed the packages in a way that is not known");
  }
}

TEST_CASE("what has moved is told, a line a package") {
  const std::vector<Package> locked = {{"a", "1", "all", hex('1')},
                                       {"b", "1", "amd64", hex('1')},
                                       {"c", "1", "amd64", hex('1')},
                                       {"same", "1", "amd64", hex('1')}};
  const std::vector<Package> found = {{"b", "1+deb12u1", "amd64", hex('2')},
                                      {"c", "1", "amd64", hex('2')},
                                      {"d", "3", "amd64", hex('3')},
                                      {"same", "1", "amd64", hex('1')}};
  CHECK(moved(locked, found) == Words{"a 1 is gone", "b 1 is now 1+deb12u1",
                                      "c 1 has other bytes: sha256:" + hex('1') +
                                          " was locked, sha256:" + hex('2') + " is there",
                                      "d 3 is new"});
  CHECK(moved(locked, locked).empty());
}

std::string shown(const Building& building) {
  const Building::State& state = building.state();
  return fmt::format("{}: {} of {}{}", state.doing, state.done, state.total,
                     state.bytes.empty() ? "" : " (" + state.bytes + ")");
}

// What changes with each line that changes something.
Words heard(const Words& lines) {
  Building building;
  Words states;
  for (const std::string& line : lines) {
    if (building.add(line)) states.push_back(shown(building));
  }
  return states;
}

TEST_CASE("what mmdebstrap prints is how far it is") {
  CHECK(heard({
            "I: skipping check/qemu as requested",
            "I: using /tmp/mmdebstrap.ZEdemhNIDx as tempdir",
            "I: running apt-get update...",
            "Get:1 http://archive/debian-security bookworm-security InRelease [34.8 kB]",
            "Get:5 http://archive/debian bookworm/main amd64 Packages [8790 kB]",
            "Fetched 9419 kB in 3s (2778 kB/s)",
            "Reading package lists...",
            "I: downloading packages with apt...",
            "0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.",
            "Need to get 29.7 MB of archives.",
            "After this operation, 139 MB of additional disk space will be used.",
            "Get:1 http://archive/debian bookworm/main amd64 gcc-12-base amd64 12.2.0-14+deb12u1 "
            "[37.6 kB]",
            "Get:2 http://archive/debian bookworm/main amd64 libc6 amd64 2.36-9+deb12u14 [2759 kB]",
            "Fetched 29.7 MB in 0s (203 MB/s)",
            "I: extracting archives...",
            "I: skipping chroot/mount/dev as requested",
            "I: installing essential packages...",
            "Selecting previously unselected package gcc-12-base:amd64.",
            "Preparing to unpack .../gcc-12-base_12.2.0-14+deb12u1_amd64.deb ...",
            "Unpacking gcc-12-base:amd64 (12.2.0-14+deb12u1) ...",
            "dpkg: regarding .../base-files_12.4+deb12u15_amd64.deb containing base-files, "
            "pre-dependency problem:",
            "dpkg: warning: ignoring pre-dependency problem!",
            "Unpacking libc6:amd64 (2.36-9+deb12u14) ...",
            "Setting up libc6:amd64 (2.36-9+deb12u14) ...",
            "Setting up gcc-12-base:amd64 (12.2.0-14+deb12u1) ...",
            "I: installing remaining packages inside the chroot...",
            "0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.",
            "Need to get 53.1 kB of archives.",
            "Get:1 http://archive/debian bookworm/main amd64 hello amd64 2.10-3 [53.1 kB]",
            "Unpacking hello (2.10-3) ...",
            "Setting up hello (2.10-3) ...",
            "I: creating tarball...",
            "I: done",
        }) == Words{
                  "fetching the package lists: 0 of 0",
                  "fetching packages: 0 of 2 (29.7 MB)",
                  "fetching packages: 1 of 2 (29.7 MB)",
                  "fetching packages: 2 of 2 (29.7 MB)",
                  "unpacking packages: 1 of 2",
                  "unpacking packages: 2 of 2",
                  "setting up packages: 1 of 2",
                  "setting up packages: 2 of 2",
                  "fetching packages: 0 of 1 (53.1 kB)",
                  "fetching packages: 1 of 1 (53.1 kB)",
                  "unpacking packages: 1 of 1",
                  "setting up packages: 1 of 1",
                  "packing: 0 of 0",
              });
}

TEST_CASE("packages that are set up before the rest is unpacked do not begin the count anew") {
  CHECK(heard({"0 upgraded, 3 newly installed, 0 to remove and 0 not upgraded.",
               "Unpacking a (1) ...", "Unpacking b (1) ...", "Setting up a (1) ...",
               "Unpacking c (1) ...", "Setting up b (1) ...", "Setting up c (1) ..."}) ==
        Words{"unpacking packages: 1 of 3", "unpacking packages: 2 of 3",
              "setting up packages: 1 of 3", "unpacking packages: 3 of 3",
              "setting up packages: 2 of 3", "setting up packages: 3 of 3"});
}

std::string complaint_of(const Words& lines) {
  Building building;
  for (const std::string& line : lines) building.add(line);
  return building.complaint();
}

TEST_CASE("the complaint is what apt and dpkg said first, and not what follows from it") {
  CHECK(complaint_of({"I: running apt-get update...", "W: something small",
                      "dpkg: warning: ignoring pre-dependency problem!"})
            .empty());
  CHECK(complaint_of({"E: Unable to locate package helo",
                      "E: apt-get --yes failed: process exited with 100 and error in console "
                      "output"}) ==
        "E: Unable to locate package helo; E: apt-get --yes failed: process exited with 100 and "
        "error in console output");
  CHECK(complaint_of({"dpkg: error processing package x (--install):"}) ==
        "dpkg: error processing package x (--install):");
}

TEST_CASE("a complaint is never without its first line, however long it is") {
  const std::string complaint = complaint_of({"E: " + std::string(5000, 'x'), "E: then this"});
  CHECK(complaint.starts_with("E: xxx"));
  CHECK(complaint.size() <= 420);
}

TEST_CASE("what is no line of theirs changes nothing") {
  CHECK(heard({"", "newly installed", " newly installed", "Get:", "Need to get",
               "99999999999999999999999 newly installed", std::string("\0\x01", 2)})
            .empty());
}

}  // namespace
}  // namespace devbox::image
