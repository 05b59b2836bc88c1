// The lock file beside a profile: what its image's floating source stood for when `devbox lock` was
// run. Pure.
//
//   schema = 1
//   source = "debian:bookworm"
//   packages = ["cmake", "g++"]
//
//   [platform."linux/amd64"]
//   epoch = 1764154800            # no file in the tree is newer (SOURCE_DATE_EPOCH)
//   plain = "sha256:…"            # the tree, owners left out
//   tree = "sha256:…"             # the tree with its owners; not known to a user of one id
//
//   [platform."linux/amd64".installed]
//   adduser = "3.134 all sha256:…"
//
// Of an archive there is `archive = "sha256:…"` in place of `epoch` and the packages. Of an image
// of a registry, or of a directory or an archive of the same kind, there is what its manifest says;
// the tree is known of those platforms alone that somebody has pulled:
//
//   index = "sha256:…"            # what the tag stood for: all platforms, or the only manifest
//
//   [platform."linux/amd64"]
//   manifest = "sha256:…"
//   config = "sha256:…"
//   layers = [
//     "sha256:…",                 # as they are fetched, the lowest first
//   ]
//   diff_ids = [
//     "sha256:…",                 # of the same, decompressed
//   ]
//   plain = "sha256:…"
//   tree = "sha256:…"
//
// Where it came in an archive, `archive` is there too.
//
// After `devbox box commit` a platform has, whatever its image is of,
//
//   committed = "sha256:…"        # the tree, with its owners, that is used in its place: it was
//   made
//                                 # on one machine, and can be had from there alone
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::profile {

struct LockedPackage {
  std::string name;
  std::string version;
  std::string architecture;
  std::string sha256;  // of the package's file, in hex
};

struct LockedImage {
  std::string archive;     // digests in hex; empty where not written
  std::int64_t epoch = 0;  // seconds since 1970
  std::string plain;
  std::string tree;
  std::vector<LockedPackage> installed = {};  // sorted by name
  std::string manifest = {};
  std::string config = {};
  std::vector<std::string> layers = {};
  std::vector<std::string> diff_ids = {};
  std::string committed = {};
};

struct Lock {
  std::string source;                 // as the profile has it
  std::vector<std::string> packages;  // sorted
  std::map<std::string, LockedImage> platforms;
  std::string index = {};  // hex; empty where not written
};

// The list of packages is most of a lock file, and a start has no use for it.
enum class LockPart { whole, without_packages };

struct ParsedLock {
  Lock lock;                          // meaningful only where there is no mistake
  std::vector<std::string> mistakes;  // "devbox.lock.toml:3:1: …"
};

ParsedLock parse_lock(std::string_view bytes, const std::string& path, LockPart part);

// `profile` is the name of the file that it belongs to, for whoever reads it.
std::string lock_text(const Lock& lock, std::string_view profile);

// "devbox.lock.toml" of "devbox.toml".
std::string lock_name(std::string_view profile);
bool is_lock_name(std::string_view file);

}  // namespace devbox::profile
