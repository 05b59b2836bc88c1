#include "store/profiles.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "host/probe.hpp"
#include "store/reference.hpp"
#include "store/upwards.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

constexpr const char* kFile = "devbox.toml";
constexpr std::string_view kSuffix = ".toml";

// "./devbox.toml" in the working directory, the whole path elsewhere.
std::string as_argument(const std::string& file, const host::Host& host) {
  return path::parent(file) == host.cwd ? "./" + path::filename(file) : file;
}

// `owned` is the file, or the directory that it is in.
Error not_yours(const std::string& owned, std::uint32_t owner, const std::string& file,
                const host::Host& host) {
  return Error(
      fmt::format("the profile {} is not used: {} belongs to uid {}, not to you", printable(file),
                  printable(owned), owner),
      fmt::format("name it explicitly (-p {}) to use it", printable(as_argument(file, host))));
}

Error nothing_found(const Upwards& walk, const std::string& other_file, const host::Host& host) {
  const std::string message =
      fmt::format("found no {} from {} upwards ({})", kFile, printable(host.cwd), walk.end);
  if (other_file.empty()) {
    return Error(
        message,
        "`devbox init` writes one; `devbox profile ls` lists the profiles that have a name");
  }
  return Error(
      fmt::format(
          "{}; {} belongs to another tool that is called devbox (Jetify's), and this one does not "
          "read it",
          message, printable(other_file)),
      fmt::format("`devbox init` writes a {}", kFile));
}

Found nearest_upwards(const host::Host& host) {
  const Upwards walk = upwards(host);
  std::string other_file;
  for (const std::string& directory : walk.directories) {
    const std::string file = path::join(directory, kFile);
    if (const auto owner = owner_of(file, host)) {
      if (!is_believed(*owner, host)) throw not_yours(file, *owner, file, host);
      return {file, Origin::project};
    }
    const std::string json = path::join(directory, "devbox.json");
    if (other_file.empty() && owner_of(json, host)) other_file = json;
  }
  if (!walk.foreign.empty()) {
    const std::string file = path::join(walk.foreign, kFile);
    const auto owner = owner_of(file, host);
    if (owner && !is_believed(*owner, host)) throw not_yours(file, *owner, file, host);
    if (owner) throw not_yours(walk.foreign, walk.foreign_owner, file, host);
  }
  throw nothing_found(walk, other_file, host);
}

// A file in one of the directories of names is the profile of that name, however it is reached: its
// path is the one that the name leads to, so that trust, project and private home are the same.
Found found_at(const std::string& file, const std::vector<Found>& directories) {
  const std::string name = path::filename(file);
  struct stat parent {};
  const bool may_be_named =
      name.ends_with(kSuffix) && is_name(name) && ::stat(path::parent(file).c_str(), &parent) == 0;
  for (const Found& directory : directories) {
    struct stat st {};
    if (may_be_named && ::stat(directory.path.c_str(), &st) == 0 && st.st_dev == parent.st_dev &&
        st.st_ino == parent.st_ino) {
      return {path::join(directory.path, name), directory.origin};
    }
  }
  return {file, Origin::project};
}

Found at_path(const std::string& argument, const host::Host& host,
              const std::vector<Found>& directories) {
  if (!argument.starts_with('/') && host.cwd.empty()) {
    throw Error(fmt::format("cannot find the profile {}: the working directory is gone",
                            printable(argument)),
                "change to a directory that exists, or name the profile by its absolute path");
  }
  const std::string file = file_of(argument, host.cwd);
  struct stat st {};
  if (::stat(file.c_str(), &st) != 0) {
    const int err = errno;
    if (err != ENOENT) throw host::cannot("read the profile", file, err);
    throw Error(fmt::format("cannot read the profile {}: it is not there", printable(file)),
                "check the spelling; `devbox init` writes a first profile");
  }
  if (S_ISDIR(st.st_mode)) {
    const std::string inside = path::join(file, kFile);
    throw Error(fmt::format("cannot read the profile {}: it is a directory", printable(file)),
                ::stat(inside.c_str(), &st) == 0
                    ? fmt::format("did you mean {}?", printable(inside))
                    : fmt::format("name a file, or run `devbox init` there"));
  }
  return found_at(file, directories);
}

Error unknown_name(const std::string& name, const std::vector<Found>& directories) {
  std::string looked;
  for (const Found& directory : directories)
    looked += (looked.empty() ? "" : ", ") + printable(directory.path);
  std::vector<std::string> known;
  for (const Named& one : known_names(directories).known) known.push_back(one.name);
  const std::string meant = nearest(name, known);
  return Error(
      fmt::format("no profile is called `{}`; looked in {}", printable(name), looked),
      meant.empty()
          ? std::string(
                "`devbox profile ls` lists those there are; a path has a `/` or ends in .toml")
          : fmt::format("did you mean `{}`?", printable(meant)));
}

}  // namespace

std::vector<Found> search_path(const host::Host& host, const std::string& installed_profiles) {
  std::vector<Found> directories{{path::join(host.dirs.config, "profiles"), Origin::user},
                                 {"/etc/devbox/profiles", Origin::system}};
  if (!installed_profiles.empty()) directories.push_back({installed_profiles, Origin::installed});
  return directories;
}

Found find(const std::string& argument, const host::Host& host,
           const std::string& installed_profiles) {
  if (argument.empty()) return nearest_upwards(host);
  const std::vector<Found> directories = search_path(host, installed_profiles);
  if (is_path(argument)) return at_path(argument, host, directories);
  if (!is_name(argument)) {
    throw Error(fmt::format("`{}` is not the name of a profile: a name does not start with a dot",
                            printable(argument)),
                fmt::format("a path has a `/` or ends in .toml: ./{}", kFile), Error::Kind::usage);
  }
  if (auto found = named(argument, directories)) return std::move(*found);
  throw unknown_name(argument, directories);
}

std::vector<Found> list(const host::Host& host, const std::string& installed_profiles) {
  const Names names = known_names(search_path(host, installed_profiles));
  if (names.err != 0) throw host::cannot("list the profiles in", names.unreadable, names.err);
  std::vector<Found> found;
  for (const Named& one : names.known) found.push_back(one.found);
  return found;
}

}  // namespace devbox::store
