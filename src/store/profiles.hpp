// Which file a PROFILE argument names, and who may have written it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "profile/load.hpp"

namespace devbox::store {

enum class Origin {
  project,  // a path to elsewhere than below, or found from the working directory upwards: reaches
            // its project alone until trusted
  user,     // $XDG_CONFIG_HOME/devbox/profiles
  system,   // /etc/devbox/profiles
  installed,  // share/devbox/profiles
};

struct Found {
  std::string path;  // absolute, the last link not followed
  Origin origin = Origin::project;
};

// The directories that names are looked for in, in order.
std::vector<Found> search_path(const host::Host& host, const std::string& installed_profiles);

// `argument` is a name, a path (it has a `/` or ends in `.toml`), or empty for the nearest
// devbox.toml from the working directory upwards. The walk stops at the home directory (which is
// looked at), at a file-system boundary, and at a directory or file that belongs to neither the
// user nor root. Throws Error that says where it looked, names the nearest known profile, and
// explains a lone devbox.json.
Found find(const std::string& argument, const host::Host& host,
           const std::string& installed_profiles);

// Every profile that a name reaches; one that is hidden by an earlier directory is left out. Sorted
// by name. Throws Error where a directory is there and cannot be listed.
std::vector<Found> list(const host::Host& host, const std::string& installed_profiles);

// Reads the profile and its bases (a name through the search path, a path relative to the file that
// says so) and loads it; throws Error with every mistake.
profile::Profile read(const Found& found, const host::Host& host,
                      const std::string& installed_profiles);

// The project that a profile belongs to: the profile's directory where the profile is a project's
// own, else the git root above the working directory (found by the rules of `find`; a repository of
// the whole home directory is none), else the working directory. std::nullopt where that would be
// the home directory, one of its ancestors or "/", under whatever name, or there is no working
// directory, or a profile with a name is used from inside one of devbox's own directories.
std::optional<std::string> project_of(const Found& found, const host::Host& host);

}  // namespace devbox::store
