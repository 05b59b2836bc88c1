#include "host/health.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>

#include "host_machine.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

Health health_of(const Machine& machine) {
  Health health;
  health.host = machine.distribution.name + ", Linux 6.8";
  health.user = machine.user;
  health.home = "/home/ann";
  health.needs = usual_needs();
  health.findings = findings(machine);
  return health;
}

// Everything that can be wrong at once.
Machine a_bad_machine() {
  Machine machine = a_machine();
  fail(machine, kernel::Step::proc, EPERM, false);
  fail(machine, kernel::Step::overlay, ENODEV, false);
  machine.covered_proc = {"/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/sys",
                          "/proc/timer_list"};
  machine.restrictions.sysctls["user.max_user_namespaces"] = 0;
  machine.newuidmap.path.clear();
  machine.newgidmap.path.clear();
  machine.subordinate = {{}, {}, "sudo usermod x"};
  machine.state.type = "nfs";
  machine.runtime.mode = 0777;
  machine.has_locale = false;
  machine.locale = "de_DE.UTF-8";
  machine.delegation.controllers.clear();
  return machine;
}

std::size_t columns(const std::string& line) {
  std::size_t count = 0;
  for (const char c : line) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

}  // namespace

TEST_CASE("a machine on which all is well has one line for each thing") {
  const Health health = health_of(a_machine());
  const std::string text = health_text(health, Paint::plain);
  CHECK(count(text, "\n  ok ") == health.findings.size());
  CHECK(text.ends_with("\n\n`devbox enter` works here.\n"));
  CHECK(text.find("  ok       private homes       ~/.local/state/devbox (ext4, 50 GiB free)\n") !=
        std::string::npos);
}

TEST_CASE("every line but a command fits 80 columns") {
  const Health health = health_of(a_bad_machine());
  for (const std::string& line : split(health_text(health, Paint::plain), '\n')) {
    const bool is_command = line.find("             sudo ") == 0 ||
                            line.find("             printf ") == 0 ||
                            line.find("             echo ") == 0;
    CHECK_MESSAGE((is_command || columns(line) <= 80), line);
  }
}

TEST_CASE("what is needed is told from what is not, and counted") {
  const std::string text = health_text(health_of(a_bad_machine()), Paint::plain);
  CHECK(text.find("touches  every box, which is needed\n") != std::string::npos);
  CHECK(text.find("`devbox enter` does not work here: 3 of what it needs are not there.\n") !=
        std::string::npos);
}

TEST_CASE("colours are around the states alone") {
  const std::string text = health_text(health_of(a_bad_machine()), Paint::colours);
  CHECK(text.find("  \x1b[32mok     \x1b[0m  devbox") != std::string::npos);
  CHECK(text.find("  \x1b[1;31mbroken \x1b[0m  /proc") != std::string::npos);
  CHECK(health_text(health_of(a_bad_machine()), Paint::plain).find('\x1b') == std::string::npos);
}

TEST_CASE("what comes from elsewhere reaches neither terminal nor script raw") {
  Machine machine = a_machine();
  machine.user = "a\x1b[2Jnn";
  machine.term = "x\x1b]0;y\x07";
  machine.terminfo.clear();
  machine.state.there = machine.state.path = "/home/\x1b[2J\nreboot";
  machine.state.mode = 0777;
  const Health health = health_of(machine);
  CHECK(health_text(health, Paint::plain).find('\x1b') == std::string::npos);
  // The command has the raw name, quoted; the comments do not.
  const std::string script = fix_script(health);
  CHECK(script.find("chmod go-w '/home/\x1b[2J\nreboot'\n") != std::string::npos);
  for (const std::string& line : split(script, '\n')) {
    if (line.starts_with("#")) CHECK_MESSAGE(line.find('\x1b') == std::string::npos, line);
  }
}

TEST_CASE("a script has each command once") {
  const std::string script = fix_script(health_of(a_bad_machine()));
  CHECK(script.starts_with("#!/bin/sh\n# Ubuntu 24.04.1 LTS, Linux 6.8, for ann: "));
  CHECK(count(script, "sudo apt-get install -y uidmap\n") == 1);
  CHECK(script.find("\nset -eu\n") != std::string::npos);
  CHECK(fix_script(health_of(a_machine())) ==
        "#!/bin/sh\n# Ubuntu 24.04.1 LTS, Linux 6.8, for ann: there is nothing that a command "
        "could mend.\n");
}

TEST_CASE("JSON says what text says") {
  const std::string json = health_json(health_of(a_bad_machine()));
  CHECK(json.starts_with("{\n  \"works\": false,\n"));
  CHECK(json.find("\"name\": \"/proc\",\n      \"state\": \"broken\"") != std::string::npos);
  CHECK(json.find("\"feature\": \"box\"") != std::string::npos);
  CHECK(json.find("\"needed\": true") != std::string::npos);
}

TEST_CASE("the README's Ubuntu is one that refuses as it says") {
  Machine machine = a_machine();
  fail(machine, kernel::Step::setgroups, EACCES, true);
  machine.restrictions.sysctls["kernel.apparmor_restrict_unprivileged_userns"] = 1;
  const std::string text = health_text(health_of(machine), Paint::plain);
  const std::size_t begin = text.find("namespaces and mounts\n");
  const std::size_t end = text.find("\n\nsubordinate ids");
  REQUIRE(begin < end);
  std::ifstream file(std::string(DEVBOX_SOURCE_DIR) + "/README.md");
  const std::string readme{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CHECK(readme.find(text.substr(begin, end - begin)) != std::string::npos);
  CHECK(readme.find(text.substr(text.rfind("\n`devbox enter`") + 1)) != std::string::npos);
}

}  // namespace devbox::host
