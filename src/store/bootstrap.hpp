// A root filesystem of Debian packages into the store.
#pragma once

#include <string>
#include <vector>

#include "host/id_maps.hpp"
#include "profile/lock.hpp"
#include "store/import.hpp"

namespace devbox::store {

struct Recipe {
  std::string suite;
  std::vector<std::string> packages;
  std::string architecture;                    // Debian's name for it
  std::int64_t epoch = 0;                      // no file is newer; seconds since 1970
  std::vector<profile::LockedPackage> locked;  // these and no others; empty: what is newest
  host::IdMaps maps;                           // empty: a single id
  std::string user;                            // whose subordinate ids they are
  std::string home;                            // hidden from the packages' scripts
  std::string log;  // a file for all that mmdebstrap says; its directory is there
};

struct Made {
  Imported imported;
  std::vector<profile::LockedPackage> installed;  // sorted by name
};

// The name in the store of the tree with this digest, ownership left out.
std::string plain_key(std::string_view plain);

// Has it made and publishes it under plain_key(). Where `expected`, a digest with ownership left
// out, is not empty and the tree has another, nothing is kept. Throws Error.
Made bootstrap(const Pinned& store, const std::string& image, const Recipe& recipe,
               const std::string& expected, const Progress& progress);

}  // namespace devbox::store
