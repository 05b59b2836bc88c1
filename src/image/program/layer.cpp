// devbox-image layer and assemble: an image's layers, each met by a process that can reach a
// directory of its own and has seen nothing else, and the tree that they make together.
//
// Below the directory of the image there is unpacking/N for layer N, from 0, the lowest:
//   files/1, 2, …   the bytes of its files
//   log             what it changes (image/layer_log.hpp); without files, of a layer that is known
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "image/decompressor.hpp"
#include "image/flatten.hpp"
#include "image/layer_log.hpp"
#include "image/layered_tree.hpp"
#include "image/program/say.hpp"
#include "image/program/tree.hpp"
#include "image/sha256.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

constexpr const char* kFiles = "files";
constexpr const char* kLog = "log";

// The bytes of another source, borrowed, hashed on their way.
class Hashed final : public ByteSource {
 public:
  explicit Hashed(ByteSource& from) : from_(from) {}

  std::string_view read() override {
    const std::string_view bytes = from_.read();
    hash_.add(bytes.data(), bytes.size());
    return bytes;
  }

  std::string digest() { return hash_.hex(); }

 private:
  ByteSource& from_;
  Sha256 hash_;
};

// The bytes of another source, borrowed, with zeros up to a whole block of tar: `umoci insert` ends
// an archive with the last byte of its last file, and what Go reads it with, as docker and podman
// do, wants no more. That nothing of a layer is missing, its digest says.
class Padded final : public ByteSource {
 public:
  explicit Padded(ByteSource& from) : from_(from) {}

  std::string_view read() override {
    constexpr std::size_t kBlock = 512;
    static constexpr char kZeros[kBlock] = {};
    const std::string_view bytes = from_.read();
    const std::size_t missing = bytes.empty() ? (kBlock - size_ % kBlock) % kBlock : 0;
    size_ += bytes.size() + missing;
    return missing == 0 ? bytes : std::string_view(kZeros, missing);
  }

 private:
  ByteSource& from_;
  std::uint64_t size_ = 0;
};

Fd new_directory(const char* name) {
  if (::mkdir(name, 0700) < 0) throw host::cannot("make", name, errno);
  Fd directory(::open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) throw host::cannot("open", name, errno);
  return directory;
}

void save_log(const Changes& changes) {
  const Fd file(::open(kLog, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400));
  if (!file) throw host::cannot("make", "the layer's log", errno);
  write_text(file.get(), log_text(changes));
}

void read_layer_here(const LayerName& layer, FileWriter& files) {
  using Clock = std::chrono::steady_clock;
  const Fd directory = new_directory(kFiles);
  Clock::time_point told;
  const auto tell = [&](std::uint64_t names, std::uint64_t bytes) {
    const auto now = Clock::now();
    if (now - told < std::chrono::milliseconds(200)) return;
    told = now;
    say({{"layer", layer.number}, {"names", names}, {"bytes", bytes}});
  };
  FdSource bytes(STDIN_FILENO);
  Decompressor plain(bytes);
  Hashed hashed(plain);
  Padded padded(hashed);
  Archive archive(padded);
  const Changes changes = read_layer(archive, directory.get(), files, tell);
  archive.finish();
  if (hashed.digest() != layer.diff_id) {
    throw Error(fmt::format("layer {} is not the one that the image's config names: that has "
                            "sha256:{} once it is not compressed any more",
                            layer.number + 1, layer.diff_id),
                "the image was damaged where it was made or is kept; nothing of it is kept here");
  }
  save_log(changes);
}

Changes changes_of(const std::string& place) {
  const std::string log = place + "/" + kLog;
  const Fd file(::open(log.c_str(), host::kCautiousRead | O_NOFOLLOW));
  if (!file) throw host::cannot("open", log, errno);
  const host::Contents read = host::contents(file.get(), kMostLog);
  if (!read.ok()) throw host::cannot("read", log, read.err != 0 ? read.err : EFBIG);
  return parse_log(read.bytes);
}

// Owns nothing where the layer's files are not here.
Fd files_of(const std::string& place) {
  const std::string files = place + "/" + kFiles;
  Fd directory(::open(files.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory && errno != ENOENT) throw host::cannot("open", files, errno);
  return directory;
}

// Of every file once, however many names it has.
std::uint64_t bytes_in(const Flattened& flattened) {
  std::vector<bool> counted(flattened.places.size());
  std::uint64_t bytes = 0;
  for (const auto& [path, entry] : flattened.entries) {
    if (!counted[entry.inode]) bytes += entry.size;
    counted[entry.inode] = true;
  }
  return bytes;
}

void assemble_here(std::size_t layers, const Owners& owners) {
  std::vector<Changes> changes;
  std::vector<Fd> files;
  std::vector<int> directories;
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string place = layer_place(i);
    changes.push_back(changes_of(place));
    files.push_back(files_of(place));
    directories.push_back(files.back().get());
  }
  const Flattened flattened = flatten(changes);
  const Fd root = new_tree();
  make_tree(flattened, directories, root.get(), owners);
  finish_tree(flattened.entries, bytes_in(flattened), device_notes(flattened.entries));
}

}  // namespace

std::string layer_place(std::size_t number) { return fmt::format("{}/{}", kUnpacking, number); }

int layer_command(const std::string& directory, const LayerName& layer) {
  return say_errors([&] {
    confine(directory, Reach::write, std::nullopt);
    die_with_parent();  // after confine: new credentials clear it (prctl(2), PR_SET_PDEATHSIG)
    FileWriter files;   // its thread is the last that there can be, and confined as this one is
    forbid_children();
    read_layer_here(layer, files);
  });
}

int assemble_command(const std::string& directory, std::size_t layers, const Owners& owners) {
  return say_errors([&] {
    confine(directory, Reach::write, owners);
    die_with_parent();
    forbid_children();
    assemble_here(layers, owners);
  });
}

}  // namespace devbox::image
