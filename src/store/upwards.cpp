#include "store/upwards.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "host/probe.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

bool is_believed(std::uint32_t owner, const host::Host& host) {
  return owner == host.uid || owner == 0;
}

std::optional<std::uint32_t> owner_of(const std::string& path, const host::Host& host) {
  struct stat link {};
  struct stat file {};
  if (::lstat(path.c_str(), &link) != 0) return std::nullopt;
  if (!is_believed(link.st_uid, host) || ::stat(path.c_str(), &file) != 0) return link.st_uid;
  return file.st_uid;
}

Upwards upwards(const host::Host& host) {
  if (host.cwd.empty()) {
    throw Error(
        "cannot look for a profile from the working directory upwards: the working directory is "
        "gone",
        "change to a directory that exists, or name a profile");
  }
  struct stat home {};
  const bool has_home = ::stat(host.home.c_str(), &home) == 0;
  struct stat below {};
  Upwards walk;
  for (std::string directory = host.cwd;; directory = path::parent(directory)) {
    const std::string shown = printable(directory);
    struct stat st {};
    if (::stat(directory.c_str(), &st) != 0) {
      walk.end = fmt::format("{} cannot be looked at: {}", shown, host::errno_text(errno));
    } else if (!walk.directories.empty() && st.st_dev != below.st_dev) {
      walk.end = fmt::format("{} is on another file system", shown);
    } else if (!is_believed(st.st_uid, host)) {
      walk.foreign = directory;
      walk.foreign_owner = st.st_uid;
      walk.end = fmt::format("{} belongs to uid {}, not to you", shown, st.st_uid);
    } else {
      walk.directories.push_back(directory);
      below = st;
      if (directory == "/") walk.end = "/ is the top";
      if (has_home && is_same(st, home)) walk.end = fmt::format("{} is your home directory", shown);
    }
    if (!walk.end.empty()) return walk;
  }
}

bool holds_home(const std::string& directory, const host::Host& host) {
  if (path::is_within(host.home, directory)) return true;
  struct stat here {};
  if (::stat(directory.c_str(), &here) != 0) return false;
  const std::string real = host::look(host.home).real;
  for (std::string above = real.empty() ? host.home : real;; above = path::parent(above)) {
    struct stat st {};
    if (::stat(above.c_str(), &st) == 0 && is_same(st, here)) return true;
    if (above == "/") return false;
  }
}

}  // namespace devbox::store
