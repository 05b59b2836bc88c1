// An archive of a root filesystem into the store.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/pinned.hpp"
#include "util/error.hpp"
#include "util/json.hpp"

namespace devbox::store {

struct Imported {
  std::string archive;  // the SHA-256 of its bytes, in hex
  std::string tree;     // the digest of the tree with ownership, and without
  std::string plain;
  std::uint64_t names = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> notes;  // what differs from what the archive says
  Json said = Json::object();      // all that devbox-image printed
};

// How much of one layer of an image has come.
struct LayerStep {
  std::uint64_t number = 0;  // from 0, the lowest
  std::uint64_t of = 0;
  std::uint64_t fetched = 0;  // bytes
  std::uint64_t size = 0;     // 0 where it is not known
  std::string digest;         // "sha256:…"; empty where that is not known before
  std::string name = {};      // of what is no layer but all that is fetched: "debian.tar.zst"
  bool waiting = false;       // it was not begun yet
};

// How far it is.
struct Step {
  std::string doing;        // "fetching packages"; empty: unpacking
  std::uint64_t done = 0;   // packages
  std::uint64_t total = 0;  // 0: not known
  std::string size;         // "29.7 MB" of what is fetched; may be empty
  std::uint64_t names = 0;  // unpacked so far
  std::uint64_t bytes = 0;
  std::optional<LayerStep> layer = {};
};
using Progress = std::function<void(const Step&)>;

class Finding;
Step step_in(const Finding& finding);  // of what devbox-image says while it works

// Bytes of a tar archive, or of a recipe for one, whatever they come from.
struct Stream {
  int fd = -1;                            // a file or a pipe, borrowed; read to its end
  std::string shown;                      // what messages call it: "/home/me/debian.tar"
  std::string expected;                   // the SHA-256 that it must have; empty: any
  std::string pinned_by = "the profile";  // who says so
  std::string verb = "unpack";            // of devbox-image; "bootstrap" (image/debian.hpp), "pull"
                                // (image/source.hpp), "fetch" (image/download.hpp): a recipe
};

// A regular file, for reading. Throws Error that says what else it is.
Fd open_archive(const std::string& file);

// The SHA-256 in hex of such a file. Throws Error.
std::string archive_digest(const std::string& file);

// Unpacks a stream into `staging` of `store` by the program `image` (devbox-image); nobody else
// sees it yet. Throws Error.
Imported unpack(const Pinned& store, const Pinned::Staging& staging, const std::string& image,
                const Stream& stream, const Progress& progress);

// What an unpacked tree is published as.
struct Label {
  std::string key;  // what find() is asked for: "tar-", "debian-", … and what tells it from others
  std::string source;          // for people, and for a repair: "tar:/home/me/debian.tar"
  Json more = Json::object();  // whatever else is to be remembered of it, by members of its own
};

// Called once all is unpacked and nothing is visible yet; where it throws, nothing is kept. It may
// look at what came, and wait for whoever wrote the stream.
using Decide = std::function<Label(const Imported&)>;

// What import_stream throws where a tree lacks files that the pool was to have.
class Incomplete : public Error {
 public:
  explicit Incomplete(const Error& why) : Error(why) {}
};

// Unpacks a stream by the program `image` (devbox-image) and publishes the tree. Throws Error.
Imported import_stream(const Pinned& store, const std::string& image, const Stream& stream,
                       const Progress& progress, const Decide& decide);

// What a tree has in common with others now.
struct Sharing {
  std::uint64_t taken_bytes = 0;
  std::uint64_t damaged = 0;  // files of the pool that were not what they should be, and are gone
  std::uint64_t alone = 0;    // files that could not be shared
  std::string reason;         // why
};

// Lets `tree`, relative to the store ("trees/…", "staging/…"), share files with all others, and
// puts whole files of others in the place of its damaged or missing ones. Does nothing where files
// have owners. Throws Error.
Sharing share_files(const Pinned& store, const std::string& image, const std::string& tree,
                    const Pinned::Staging& scratch);

// The arguments of devbox-image that say whose the files of the store are.
std::vector<std::string> with_owners(std::vector<std::string> argv, const Pinned& store);

// The name in the store of an archive with that SHA-256.
std::string archive_key(std::string_view sha256);

// The archive `file`. Where `expected` is not empty and it has another SHA-256, nothing of it is
// kept. Throws Error.
Imported import_archive(const Pinned& store, const std::string& image, const std::string& file,
                        const std::string& expected, const Progress& progress);

}  // namespace devbox::store
