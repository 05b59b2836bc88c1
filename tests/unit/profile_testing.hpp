// Profiles from text, for the tests of profile/.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "profile/load.hpp"
#include "util/path.hpp"

namespace devbox::profile::testing {

inline Loaded load_text(const std::string& toml, const std::string& path = "/p/devbox.toml") {
  return load({path, toml}, [](std::string_view, const std::string&) { return std::nullopt; });
}

// The mistakes as the person reads them, of a file that is called devbox.toml.
inline std::string mistakes_of(const std::string& toml) {
  return describe(load_text(toml, "devbox.toml").mistakes);
}

// Files by absolute path. The first is loaded; names are found as /names/NAME.toml.
using Files = std::map<std::string, std::string>;

inline Loaded load_files(const Files& files, const std::string& first = "/p/devbox.toml") {
  const auto find = [&](std::string_view reference,
                        const std::string& from) -> std::optional<Text> {
    const bool is_path = reference.find('/') != std::string_view::npos;
    const std::string path = is_path ? path::absolute(reference, path::parent(from))
                                     : "/names/" + std::string(reference) + ".toml";
    const auto found = files.find(path);
    if (found == files.end()) return std::nullopt;
    return Text{found->first, found->second};
  };
  return load({first, files.at(first)}, find);
}

}  // namespace devbox::profile::testing
