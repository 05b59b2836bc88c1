#include "host/distribution.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <optional>

#include "host/files.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

constexpr std::size_t kFamilies = 5;  // those that have a name here: all but Family::other
constexpr std::size_t kMostBytes = 64 * 1024;

struct FamilyName {
  std::string_view id;
  Family family;
};
constexpr FamilyName kNames[] = {
    {"debian", Family::debian},  {"ubuntu", Family::debian}, {"fedora", Family::fedora},
    {"rhel", Family::fedora},    {"centos", Family::fedora}, {"arch", Family::arch},
    {"archlinux", Family::arch}, {"suse", Family::suse},     {"opensuse", Family::suse},
    {"alpine", Family::alpine},
};

struct Manager {
  std::string_view install;
  std::string_view reinstall;
};
constexpr std::array<Manager, kFamilies> kManagers = {{
    {"apt-get install -y", "apt-get install -y --reinstall"},
    {"dnf install -y", "dnf reinstall -y"},
    {"pacman -S --noconfirm", "pacman -S --noconfirm"},
    {"zypper --non-interactive install", "zypper --non-interactive install --force"},
    {"apk add", "apk fix"},
}};

struct Package {
  std::string_view program;
  std::array<std::string_view, kFamilies> names;  // empty: that distribution has none
  std::string_view elsewhere;                     // "X is in …", for people
};
constexpr std::string_view kShadow =
    "the package of the shadow tools (uidmap, shadow or shadow-utils) has it";
constexpr Package kPackages[] = {
    {"newuidmap", {"uidmap", "shadow-utils", "shadow", "shadow", "shadow-subids"}, kShadow},
    {"newgidmap", {"uidmap", "shadow-utils", "shadow", "shadow", "shadow-subids"}, kShadow},
    {"getsubids", {"uidmap", "shadow-utils-subid", "shadow", "shadow", "shadow-subids"}, kShadow},
    {"getent",
     {"libc-bin", "glibc-common", "glibc", "glibc", "musl-utils"},
     "the package of the C library has it"},
    {"mmdebstrap",
     {"mmdebstrap", "", "", "", ""},
     "Debian and Ubuntu have it; it needs apt, so that a tree is best made on one of them"},
    {"terminfo",
     {"ncurses-term", "ncurses-term", "ncurses", "terminfo", "ncurses-terminfo"},
     "the terminal's own package or that of ncurses has it; `infocmp -x | ssh HOST tic -x -` "
     "copies it"},
};

std::optional<Family> family_of(std::string_view id) {
  for (const FamilyName& name : kNames) {
    if (id == name.id || (name.id == "opensuse" && id.starts_with("opensuse-"))) return name.family;
  }
  return std::nullopt;
}

// A value as a shell would read it: quotes of either kind around it, backslashes within.
std::string unquoted(std::string_view value) {
  const bool is_quoted = value.size() >= 2 && value.front() == value.back() &&
                         (value.front() == '"' || value.front() == '\'');
  if (is_quoted) value = value.substr(1, value.size() - 2);
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    text += value[i];
  }
  return text;
}

const Package* package_of(std::string_view program) {
  for (const Package& package : kPackages) {
    if (package.program == program) return &package;
  }
  return nullptr;
}

// "sudo apt-get install -y uidmap"; empty where it is not known.
std::string command(std::string_view program, Family family, std::string_view Manager::*how) {
  const Package* package = package_of(program);
  if (package == nullptr || family == Family::other) return {};
  const auto index = static_cast<std::size_t>(family);
  if (package->names.at(index).empty()) return {};
  return fmt::format("sudo {} {}", kManagers.at(index).*how, package->names.at(index));
}

Refusal refusal(std::string cause, std::string command, std::string_view does,
                std::string_view program) {
  if (!command.empty()) {
    std::string fix = fmt::format("`{}` {}", command, does);
    return {std::move(cause), std::move(fix), {std::move(command)}};
  }
  const Package* package = package_of(program);
  return {std::move(cause), std::string(package == nullptr ? "" : package->elsewhere), {}};
}

}  // namespace

Distribution parse_os_release(std::string_view text) {
  Distribution found;
  std::string id, like;
  for (const std::string& line : split(text, '\n')) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string_view key = std::string_view(line).substr(0, equals);
    std::string value = unquoted(std::string_view(line).substr(equals + 1));
    if (key == "ID")
      id = std::move(value);
    else if (key == "ID_LIKE")
      like = std::move(value);
    else if (key == "PRETTY_NAME")
      found.name = std::move(value);
  }
  for (const std::string& word : split(fmt::format("{} {}", id, like), ' ')) {
    const std::optional<Family> family = family_of(word);
    if (!family) continue;
    found.family = *family;
    break;
  }
  return found;
}

Distribution distribution() {
  const Contents own = contents("/etc/os-release", kMostBytes);
  return parse_os_release(own.ok() ? own.bytes : contents("/usr/lib/os-release", kMostBytes).bytes);
}

Refusal not_installed(std::string_view program, Family family) {
  return refusal(fmt::format("{} is not installed", program),
                 command(program, family, &Manager::install), "installs it", program);
}

Refusal to_reinstall(std::string_view program, Family family, std::string cause) {
  return refusal(std::move(cause), command(program, family, &Manager::reinstall),
                 "puts it back as it was", program);
}

}  // namespace devbox::host
