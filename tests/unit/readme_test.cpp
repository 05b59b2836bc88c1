// What the README promises in a line that one copies.
#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

#include "profile/load.hpp"

namespace devbox {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& path) {
  std::ifstream file(std::string(DEVBOX_SOURCE_DIR) + "/" + path);
  REQUIRE_MESSAGE(file.good(), path);
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// The lines that install packages, which a fresh system needs first.
Lines commands_of(const Lines& lines) {
  Lines commands;
  for (const std::string& line : lines) {
    if (line.find(" apt-get install ") != std::string::npos) commands.push_back(line);
  }
  return commands;
}

// Of what CMakeLists.txt asks for with devbox_needs(PACKAGE VARIABLE), what `command` leaves out.
std::string packages_missing(const Lines& cmake, const std::string& command) {
  const std::string call = "devbox_needs(";
  std::string missing;
  for (const std::string& line : cmake) {
    const std::size_t at = line.find(call);
    if (at == std::string::npos || line.starts_with("#")) continue;
    const std::size_t begin = at + call.size();
    const std::string package = line.substr(begin, line.find(' ', begin) - begin);
    if (command.find(" " + package + " ") == std::string::npos) missing += package + " ";
  }
  return missing;
}

TEST_CASE("the last line of .ci/run is the README's second command, to the letter") {
  const Lines ci = lines_of(".ci/run");
  REQUIRE(!ci.empty());
  const Lines commands = commands_of(lines_of("README.md"));
  REQUIRE(commands.size() == 2);
  CHECK(ci.back() == commands[1]);
}

TEST_CASE("the README's commands install every package that CMakeLists.txt asks for") {
  const Lines cmake = lines_of("CMakeLists.txt");
  const Lines commands = commands_of(lines_of("README.md"));
  REQUIRE(commands.size() == 2);
  // The first builds neither the tests nor with clang-tidy.
  CHECK(packages_missing(cmake, commands[0]) == "doctest-dev clang-tidy ");
  CHECK(packages_missing(cmake, commands[1]) == "");
}

// The blocks between "```toml" and "```".
Lines profiles_of(const Lines& lines) {
  Lines profiles;
  bool inside = false;
  for (const std::string& line : lines) {
    if (line == "```toml") profiles.emplace_back();
    if (inside && line != "```") profiles.back() += line + "\n";
    inside = line == "```toml" || (inside && line != "```");
  }
  return profiles;
}

TEST_CASE("the README's profiles are without a mistake") {
  const Lines profiles = profiles_of(lines_of("README.md"));
  REQUIRE(profiles.size() == 6);
  const auto find = [&](std::string_view, const std::string&) {
    return profile::Text{"/project/base.toml", profiles[1]};
  };
  for (const std::string& bytes : profiles) {
    const profile::Loaded loaded = profile::load({"/project/devbox.toml", bytes}, find);
    CHECK(profile::describe(loaded.mistakes) == "");
  }
}

TEST_CASE("a package that a command leaves out is found") {
  const Lines cmake = {"# devbox_needs(PACKAGE VARIABLE)", "devbox_needs(libfmt-dev fmt_FOUND)",
                       "  devbox_needs(libmd-dev LIBMD)"};
  CHECK(packages_missing(cmake, "apt-get install libfmt-dev && x") == "libmd-dev ");
  CHECK(packages_missing(cmake, "apt-get install libfmt-dev libmd-dev && x") == "");
}

}  // namespace
}  // namespace devbox
