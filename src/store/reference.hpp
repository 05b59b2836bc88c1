// A profile by name or by path, in an argument and in `extends` alike.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/profiles.hpp"

namespace devbox::store {

bool is_path(std::string_view reference);  // it has a `/` or ends in `.toml`
bool is_name(std::string_view
                 reference);  // not empty, no `/`, no leading dot, nothing a file name cannot have

// The absolute path that `reference` means in `directory`, its last link not followed. A ".." is
// taken after links have been followed, as the kernel does: as text, "link/../x.toml" would be
// another file.
std::string file_of(std::string_view reference, const std::string& directory);

// The first NAME.toml of the search path. Throws Error where a directory on the way cannot be
// looked at: passing it over would put another profile in the place of the one that was meant.
std::optional<Found> named(const std::string& name, std::span<const Found> search_path);

// Every name that the search path reaches, as NAME and as a file, an earlier directory first.
struct Named {
  std::string name;
  Found found;
};
struct Names {
  std::vector<Named> known;  // sorted by name
  std::string unreadable;    // the first directory that is there and cannot be listed, else empty
  int err = 0;               // and why
};
Names known_names(std::span<const Found> search_path);

}  // namespace devbox::store
