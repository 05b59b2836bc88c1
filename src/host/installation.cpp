#include "host/installation.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>

#include "host/cannot.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

#ifndef DEVBOX_LIBEXEC_FROM_BIN
#define DEVBOX_LIBEXEC_FROM_BIN "../libexec/devbox"
#endif
#ifndef DEVBOX_SHARE_FROM_BIN
#define DEVBOX_SHARE_FROM_BIN "../share/devbox"
#endif

namespace devbox::host {
namespace {

constexpr const char* kInit = "devbox-init";
constexpr const char* kImage = "devbox-image";
constexpr const char* kScope = "devbox-scope";
constexpr const char* kSurroundings = "devbox-surroundings.so";

bool may_be_run(const std::string& path, std::uint32_t executable_owner) {
  const auto trusted = [&](const struct stat& st) {
    return st.st_uid == 0 || st.st_uid == ::geteuid() || st.st_uid == executable_owner;
  };
  struct stat file {};
  struct stat directory {};
  return ::stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) && trusted(file) &&
         ::stat(path::parent(path).c_str(), &directory) == 0 && trusted(directory);
}

}  // namespace

Installation installed_from(const std::string& bindir) {
  const std::string libexec = path::absolute(DEVBOX_LIBEXEC_FROM_BIN, bindir);
  return {path::join(libexec, kInit),
          path::join(libexec, kImage),
          path::join(libexec, kScope),
          path::absolute(DEVBOX_SHARE_FROM_BIN "/profiles", bindir),
          {},
          path::join(libexec, kSurroundings)};
}

Installation built_in(const std::string& bindir) {
#ifdef DEVBOX_SOURCE_PROFILES
  const std::string profiles = DEVBOX_SOURCE_PROFILES;
#else
  const std::string profiles = installed_from(bindir).profiles;
#endif
  return {path::join(bindir, kInit),
          path::join(bindir, kImage),
          path::join(bindir, kScope),
          profiles,
          {},
          path::join(bindir, kSurroundings)};
}

Installation installation_beside(const std::string& bindir, std::uint32_t executable_owner) {
  const auto what_is_there = [&](Installation found) {
    if (!may_be_run(found.surroundings, executable_owner)) found.surroundings.clear();
    return found;
  };
  const Installation installed = installed_from(bindir);
  if (may_be_run(installed.init, executable_owner)) return what_is_there(installed);
  const Installation built = built_in(bindir);
  if (may_be_run(built.init, executable_owner)) return what_is_there(built);
  throw Error(
      fmt::format(
          "cannot find {}, which belongs to this devbox: there is none of yours or root's at {} "
          "(installed) or {} (built)",
          kInit, printable(installed.init), printable(built.init)),
      "install devbox anew, or build the target devbox-init");
}

Installation installation() {
  char text[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", text, sizeof text);
  if (length < 0) throw cannot("read", "/proc/self/exe", errno);
  struct stat st {};
  if (::stat("/proc/self/exe", &st) != 0) throw cannot("look at", "/proc/self/exe", errno);
  // After an upgrade the link ends in this; its directory is still the right one.
  constexpr std::string_view kDeleted = " (deleted)";
  std::string_view program(text, static_cast<std::size_t>(length));
  if (program.ends_with(kDeleted)) program.remove_suffix(kDeleted.size());
  Installation found = installation_beside(path::parent(program), st.st_uid);
  found.program = program;
  return found;
}

}  // namespace devbox::host
