// How a root filesystem of Debian packages is made: what devbox-image is told, and what the store
// remembers for a repair.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "host/id_maps.hpp"
#include "profile/lock.hpp"
#include "store/pinned.hpp"
#include "util/json.hpp"

namespace devbox::store {

struct Recipe {
  std::string suite;
  std::vector<std::string> packages;
  std::string architecture;                    // Debian's name for it
  std::int64_t epoch = 0;                      // no file is newer; seconds since 1970
  std::vector<profile::LockedPackage> locked;  // these and no others; empty: what is newest
};

// As whom it is made, and where that is written down.
struct Builder {
  host::IdMaps maps;  // empty: a single id
  std::string user;   // whose subordinate ids they are
  std::string home;   // hidden from the packages' scripts
  std::string log;    // a file for all that mmdebstrap says; its directory is there
};

// This user: with all the ids of a store with owners; elsewhere with the user's ranges, and as one
// id where there are none, or nothing that maps them. Throws Error.
Builder builder(const host::Host& host, const Pinned& store, const std::string& suite);

// What devbox-image reads (image/debian.hpp).
Json recipe_json(const Recipe& recipe, const Builder& builder);

// [{"name", "version", "architecture", "sha256"}, …]; std::nullopt where it is of another form.
Json packages_json(const std::vector<profile::LockedPackage>& packages);
std::optional<std::vector<profile::LockedPackage>> parse_packages(const Json& list);

// Of a tree that is there.
struct Remembered {
  Recipe recipe;  // locked
  bool one_id = false;
};

Json remembered_json(const Remembered& remembered);

// std::nullopt where that is not what `json` says.
std::optional<Remembered> parse_remembered(const Json& json);

}  // namespace devbox::store
