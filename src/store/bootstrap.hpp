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

// The same where the digest has ownership told.
std::string owned_key(std::string_view tree);

// The digests that the tree must have; empty: any.
struct Expected {
  std::string plain;  // with ownership left out
  std::string tree;   // with ownership; of a store with owners alone
};

// What such a tree is published as. Of a store with owners it is the digest that tells them, where
// that is known.
std::string debian_key(const Pinned& store, const std::string& plain, const std::string& tree);

// Has it made and publishes it under debian_key(). Where it is not what is expected, nothing is
// kept. Throws Error.
Made bootstrap(const Pinned& store, const std::string& image, const Recipe& recipe,
               const Expected& expected, const Progress& progress);

}  // namespace devbox::store
