#include "image/program/export_half.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

#include "host/cannot.hpp"
#include "host/process.hpp"
#include "image/export_tree.hpp"
#include "image/program/say.hpp"
#include "image/program/stored.hpp"
#include "image/program/tree.hpp"
#include "image/read_manifest.hpp"
#include "image/sha256.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

// What comes before the archive.
struct Heading {
  std::int64_t newest = 0;
};

constexpr std::size_t kChunk = std::size_t{1} << 20U;

std::uint64_t bytes_of(const Entries& entries) {
  std::set<std::uint64_t> seen;
  std::uint64_t bytes = 0;
  for (const auto& [path, entry] : entries) {
    if (entry.kind == EntryKind::file && seen.insert(entry.inode).second) bytes += entry.size;
  }
  return bytes;
}

void export_here(const std::string& tree, int to) {
  const std::string manifest = manifest_of(".");
  if (sha256_of(manifest) != tree) {
    throw Error("the manifest of the tree is not the one that was written with it",
                "`devbox image verify --repair` mends the tree");
  }
  const Entries entries = read_manifest(manifest);
  const Fd root = open_directory("root");
  Heading heading;
  for (const auto& [path, entry] : entries) heading.newest = std::max(heading.newest, entry.mtime);
  char bytes[sizeof heading];
  std::memcpy(bytes, &heading, sizeof heading);
  hand_on(to, {bytes, sizeof bytes});
  const std::uint64_t total = bytes_of(entries);
  Seldom now;
  say({{"doing", "packing"}, {"bytes", 0}, {"total", total}});
  export_tree(
      entries, {.root = root.get()}, [&](std::string_view part) { hand_on(to, part); },
      [&](std::uint64_t done) {
        if (now()) say({{"doing", "packing"}, {"bytes", done}, {"total", total}});
      });
}

int confined_half(const std::string& directory, const std::string& tree, const Owners& owners,
                  Fd to, Fd go) {
  return say_errors([&] {
    confine(directory, Reach::read, owners);
    die_with_parent();  // after confine: new credentials clear it (prctl(2), PR_SET_PDEATHSIG)
    forbid_children();
    char byte = 0;
    if (::read(go.get(), &byte, 1) != 1) return;  // nobody wants it
    export_here(tree, to.get());
  });
}

// As much as there is of `size`.
std::size_t fill(int from, char* buffer, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = ::read(from, buffer + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw host::cannot("read", "the archive", errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

Heading receive_all(int from, const std::function<void(std::string_view)>& sink) {
  Heading heading;
  char bytes[sizeof heading];
  if (fill(from, bytes, sizeof bytes) != sizeof bytes) return heading;
  std::memcpy(&heading, bytes, sizeof heading);
  const auto buffer = std::make_unique<char[]>(kChunk);
  while (const std::size_t got = fill(from, buffer.get(), kChunk)) sink({buffer.get(), got});
  return heading;
}

}  // namespace

void hand_on(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(to, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EPIPE) throw SaidAlready{};
    if (put < 0) throw host::cannot("hand on", "the archive", errno);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

ExportHalf::ExportHalf(const std::string& directory, const std::string& tree,
                       const Owners& owners) {
  host::Pipe pipe = host::make_pipe();
  host::widen(pipe);
  host::Pipe go = host::make_pipe();
  const pid_t pid = ::fork();
  if (pid < 0) throw host::cannot("start", "a process", errno);
  if (pid == 0) {
    pipe.read.reset();
    go.write.reset();
    ::close(STDIN_FILENO);
    ::close(STDOUT_FILENO);
    ::_exit(confined_half(directory, tree, owners, std::move(pipe.write), std::move(go.read)));
  }
  pid_ = pid;
  stream_ = std::move(pipe.read);
  go_ = std::move(go.write);
}

ExportHalf::~ExportHalf() {
  try {
    if (pid_ >= 0) end();
  } catch (const Error&) {
    // There is nobody to wait for.
  }
}

int ExportHalf::end() {
  stream_.reset();
  go_.reset();
  return host::wait_status(std::exchange(pid_, -1));
}

std::int64_t ExportHalf::receive(const std::function<void(std::string_view)>& sink) {
  // Where it has failed already nobody reads this.
  [[maybe_unused]] const ssize_t told = ::write(go_.get(), "", 1);
  const Heading heading = receive_all(stream_.get(), sink);
  if (end() != 0) throw SaidAlready{};
  return heading.newest;
}

}  // namespace devbox::image
