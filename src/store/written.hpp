// What a box has written over a tree (store/roots.hpp), by devbox-image, which compares it with the
// tree and makes a tree of both.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "host/owners.hpp"
#include "store/import.hpp"
#include "store/pinned.hpp"
#include "util/json.hpp"

namespace devbox::store {

struct WrittenRoot {
  std::string upper;
  std::string lower;               // a tree's directory in the store, or one that is used as it is
  std::string tree;                // the tree's digest; empty of a directory
  bool owned = false;              // its files have owners
  Json generated = Json::array();  // image/program/layered.hpp
  std::optional<host::Owners> owners;  // where ids of the user's ranges own some of it
};

// What lies over `root`, a tree's root or another directory, with `data`, that of the store; all
// with every link followed.
WrittenRoot written_over(const std::string& root, const std::string& data,
                         const std::string& upper);

struct WrittenChange {
  std::string path;               // absolute, in the box
  std::string change;             // "added", "changed", "deleted"
  std::string type;               // "file", "directory", "symlink", "fifo", "device"
  std::uint64_t size = 0;         // of a file that is there
  std::vector<std::string> what;  // image/upper_changes.hpp
  std::string text;
};

struct Changes {
  std::uint64_t bytes = 0;    // of disk
  std::uint64_t sockets = 0;  // which no image can have
};

// By the program `image` (devbox-image); each change is given to `use`, sorted by path. Throws
// Error.
Changes changes(const std::string& image, const WrittenRoot& root,
                const std::function<void(const WrittenChange&)>& use);

// How the key of a tree begins that was made here of what a box wrote: nobody can make it again.
inline constexpr std::string_view kCommitted = "commit-";
std::string committed_key(std::string_view tree);

// Makes of both a tree of `store`, which has the lower one, too. `name` is for people; `more` is
// remembered of it. Nobody must write there meanwhile. Throws Error.
Imported commit(const Pinned& store, const std::string& image, const WrittenRoot& root,
                const std::string& name, const Json& more, const Progress& progress);

}  // namespace devbox::store
