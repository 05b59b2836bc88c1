// devbox-image share and verify: what is done with a tree that was unpacked. Its manifest and all
// of its names are from somebody else's hands, too.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "image/confine.hpp"
#include "image/program/say.hpp"
#include "image/program/stored.hpp"
#include "image/read_manifest.hpp"
#include "image/sha256.hpp"
#include "image/share.hpp"
#include "image/verify.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"

namespace devbox::image {

std::string manifest_of(const std::string& tree) {
  const std::string file = path::join(tree, "manifest");
  const Fd fd(::open(file.c_str(), host::kCautiousRead | O_NOFOLLOW));
  if (!fd) throw host::cannot("open", "the manifest of the tree", errno);
  host::Contents read = host::contents(fd.get(), kMostManifest);
  if (read.err != 0) throw host::cannot("read", "the manifest of the tree", read.err);
  if (!read.ok()) throw Error("the manifest of the tree is no file, or longer than 1 GiB");
  return std::move(read.bytes);
}

Fd open_directory(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) throw host::cannot("open", path, errno);
  return fd;
}

namespace {

void share_here(const std::string& tree, const std::string& scratch) {
  const Entries entries = read_manifest(manifest_of(tree));
  // Where there is no room for the pool, nothing is shared.
  if (::mkdir("files", 0700) < 0 && errno != EEXIST)
    return say({{"taken", 0}, {"alone", entries.size()}, {"reason", host::errno_text(errno)}});
  const Fd root = open_directory(path::join(tree, "root"));
  const Fd pool = open_directory("files");
  const Fd aside = open_directory(scratch);
  const Shared shared =
      share({.root = root.get(), .pool = pool.get(), .scratch = aside.get()}, entries);
  say({{"taken", shared.taken},
       {"taken_bytes", shared.taken_bytes},
       {"damaged", shared.damaged},
       {"alone", shared.alone},
       {"reason", shared.err == 0 ? "" : host::errno_text(shared.err)}});
}

void verify_here(const std::string& digest, Belongs belongs) {
  const std::string manifest = manifest_of(".");
  if (sha256_of(manifest) != digest)
    return say({{"path", ""}, {"differs", {"manifest"}}, {"manifest", true}});
  const Entries entries = read_manifest(manifest);
  const Fd root = open_directory("root");
  Seldom now;
  const Verified verified = verify(root.get(), entries, belongs, [&](std::uint64_t bytes) {
    if (now()) say({{"bytes", bytes}});
  });
  for (const Difference& difference : verified.differences)
    say({{"path", difference.path}, {"differs", difference.what}});
  say({{"files", verified.files}, {"read", verified.bytes}});
}

}  // namespace

int share_command(const std::string& store, const std::string& tree, const std::string& scratch) {
  return say_errors([&] {
    confine(store, Reach::write, std::nullopt);
    die_with_parent();
    share_here(tree, scratch);
  });
}

int verify_command(const std::string& directory, const std::string& digest, const Owners& owners) {
  return say_errors([&] {
    confine(directory, Reach::read, owners);
    die_with_parent();
    verify_here(digest, owners ? Belongs::to_owner : Belongs::to_user);
  });
}

}  // namespace devbox::image
