// A root filesystem of Debian packages into the store.
#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "profile/lock.hpp"
#include "store/import.hpp"
#include "store/recipe.hpp"

namespace devbox::store {

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
               const Builder& builder, const Expected& expected, const Progress& progress);

// What bootstrap would install now, without digests: nothing is fetched but apt's lists. Throws
// Error.
std::vector<profile::LockedPackage> newest(const Pinned& store, const std::string& image,
                                           const Recipe& recipe, const Builder& builder);

// Makes what is remembered of `source` once more, into `staging`. Throws Error where not enough is,
// or it cannot be made any more.
Imported bootstrap_again(const Pinned& store, const Pinned::Staging& staging,
                         const std::string& image, const host::Host& host, const PinnedTree& source,
                         const Progress& progress);

inline constexpr std::string_view kDebian = "debian:";  // how the names of such sources begin

}  // namespace devbox::store
