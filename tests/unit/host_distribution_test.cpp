#include "host/distribution.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::host {

TEST_CASE("the family of a distribution is what it says it is, or is like") {
  struct Row {
    const char* text;
    Family family;
    const char* reason;
  };
  const Row rows[] = {
      {"ID=debian\n", Family::debian, "itself"},
      {"ID=ubuntu\nID_LIKE=debian\n", Family::debian, "Ubuntu"},
      {"ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Family::debian, "the first that is known"},
      {"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", Family::fedora, "quoted"},
      {"ID=arch\n", Family::arch, "Arch"},
      {"ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n", Family::suse, "openSUSE"},
      {"ID=alpine\n", Family::alpine, "Alpine"},
      {"ID=nixos\n", Family::other, "one that has none of these"},
      {"", Family::other, "no file"},
      {"# ID=debian\nXID=debian\n", Family::other, "a comment and another key"},
  };
  for (const Row& row : rows)
    CHECK_MESSAGE(parse_os_release(row.text).family == row.family, row.reason);
}

TEST_CASE("a distribution's name is unquoted as a shell would") {
  CHECK(parse_os_release("PRETTY_NAME=\"Debian \\\"x\\\" 12\"\n").name == "Debian \"x\" 12");
  CHECK(parse_os_release("PRETTY_NAME='Arch Linux'\n").name == "Arch Linux");
}

TEST_CASE("each family installs newuidmap its own way") {
  struct Row {
    Family family;
    const char* command;
  };
  const Row rows[] = {{Family::debian, "sudo apt-get install -y uidmap"},
                      {Family::fedora, "sudo dnf install -y shadow-utils"},
                      {Family::arch, "sudo pacman -S --noconfirm shadow"},
                      {Family::suse, "sudo zypper --non-interactive install shadow"},
                      {Family::alpine, "sudo apk add shadow-subids"}};
  for (const Row& row : rows) {
    const Refusal why = not_installed("newuidmap", row.family);
    REQUIRE(why.commands.size() == 1);
    CHECK(why.commands.front() == row.command);
    CHECK(why.fix == "`" + std::string(row.command) + "` installs it");
  }
}

TEST_CASE("where the package is not known it is said in words, without a command") {
  CHECK(not_installed("newuidmap", Family::other).commands.empty());
  CHECK_FALSE(not_installed("newuidmap", Family::other).fix.empty());
  CHECK(not_installed("mmdebstrap", Family::arch).commands.empty());
}

}  // namespace devbox::host
