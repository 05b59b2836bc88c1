// Trees that were unpacked once and never change, below $XDG_DATA_HOME/devbox:
//
//   version            "1": the format of what follows
//   trees/HEX/root     a tree; HEX is its digest, ownership told
//   trees/HEX/manifest what it holds, entry by entry (image/manifest.hpp)
//   trees/HEX/layers/H what the layer whose blob has the digest H changes (image/layer_log.hpp); of
//                      an image with layers
//   trees/HEX/packed   what layer it was packed as (store/packed.hpp); may not be there
//   sources/KEY        a link whose text is HEX: what "tar-" and the archive's SHA-256 led to
//   about/KEY.json     where that came from, for people and for a repair
//   staging/NAME       what is being unpacked, locked (flock(2)) by whoever does it, or removed
//   owned/             a store of the same kind, of trees whose files have the owners that their
//                      archives say, as subordinate ids (store/ids.hpp); these share nothing, as
//                      nobody may link a file of another's (proc(5), protected_hardlinks)
//   files/XX/KEY       one more name of each file, by which trees share it (image/share.hpp)
//
// Whoever uses a tree holds a shared lock (flock(2)) of trees/HEX; who removes it, an exclusive
// one. Its time is that of its last use, to a day.
//
// A tree appears by one rename, its source by another, after everything in it is on disk: a kill at
// any moment leaves the old state or the new one, and rubbish in staging that the next import
// removes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/ids.hpp"
#include "util/fd.hpp"
#include "util/json.hpp"

namespace devbox::store {

// How the name of a root begins that a repair put aside, in trees/HEX, while a box may use it.
inline constexpr const char* kReplaced = "replaced.";

struct PinnedTree {
  std::string key;   // of its source
  std::string tree;  // its digest, 64 hexadecimal digits
  Json info;
};

// A tree that nobody removes while this lives, or a descriptor of its lock does.
struct HeldTree {
  std::string root;
  Fd lock;
};

class Pinned {
 public:
  // With `ids` it is one whose trees have real owners.
  explicit Pinned(std::string directory, std::shared_ptr<const Ids> ids = nullptr)
      : directory_(std::move(directory)), ids_(std::move(ids)) {}

  const std::string& directory() const { return directory_; }
  const Ids* ids() const { return ids_.get(); }  // null: all its files are the user's

  // rm -r of `name` in `directory` (borrowed), whose path is `shown` (store/remove_tree.hpp). What
  // the user alone cannot remove is left, or, of ids of others, an Error.
  void remove(int directory, const std::string& shown, const std::string& name) const;

  // The root of the tree that `key` led to; std::nullopt where it is not here. Throws Error where
  // the store is of a newer devbox.
  std::optional<std::string> find(const std::string& key) const;

  // The same, held, and remembered as used.
  std::optional<HeldTree> hold(const std::string& key) const;

  // The tree with that digest, held; std::nullopt where it is not here.
  std::optional<HeldTree> hold_tree(const std::string& tree) const;

  // The same, whatever is left of it; owns nothing where nothing is.
  Fd lock_tree(const std::string& tree) const;

  // What is remembered of `key`; an empty object where nothing is.
  Json about(const std::string& key) const;

  // Sources that lead to a tree, sorted by key. Throws Error where the store cannot be read.
  std::vector<PinnedTree> list() const;

  // A new, empty, locked directory to unpack in, which the store must outlive. Removes what dead
  // processes left. The destructor removes it with all that is in it, unless it was published.
  class Staging {
   public:
    Staging(Staging&&) = default;
    Staging& operator=(Staging&&) = delete;
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;
    ~Staging();
    const std::string& path() const { return path_; }
    std::string name() const { return "staging/" + name_; }  // relative to the store

   private:
    friend class Pinned;
    Staging() = default;
    const Pinned* store_ = nullptr;
    std::string path_;
    std::string name_;
    Fd parent_;
    Fd directory_;  // holds the lock
  };
  Staging stage() const;

  // Removes what dead processes left. Throws Error.
  void clean_staging() const;

  // Makes what lies in `staging` ("root" and "manifest") the tree `tree`, and what `key` leads to.
  // Where the tree is there already, that one stays. Throws Error.
  void publish(Staging staging, const std::string& key, const std::string& tree,
               const Json& info) const;

 private:
  void require_version() const;
  std::optional<std::string> digest_of(const std::string& key) const;
  void write_version(int store, const Staging& staging) const;
  void clean(const Fd& staging, const std::string& path) const;

  std::string directory_;
  std::shared_ptr<const Ids> ids_;
};

}  // namespace devbox::store
