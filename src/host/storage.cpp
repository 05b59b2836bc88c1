#include "host/storage.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>

#include "util/path.hpp"

namespace devbox::host {
namespace {

enum class Place { here, elsewhere };
struct Type {
  std::uint64_t magic;
  std::string_view name;
  Place place;
};
// statfs(2), and each file system's own header.
constexpr Type kTypes[] = {
    {0xEF53, "ext4", Place::here},
    {0x58465342, "xfs", Place::here},
    {0x9123683E, "btrfs", Place::here},
    {0x01021994, "tmpfs", Place::here},
    {0x794C7630, "overlay", Place::here},
    {0x2FC12FC1, "zfs", Place::here},
    {0xF2F52010, "f2fs", Place::here},
    {0xCA451A4E, "bcachefs", Place::here},
    {0xF15F, "ecryptfs", Place::here},
    {0x858458F6, "ramfs", Place::here},
    {0x6969, "nfs", Place::elsewhere},
    {0x0BD00BD0, "lustre", Place::elsewhere},
    {0xFF534D42, "cifs", Place::elsewhere},
    {0xFE534D42, "smb2", Place::elsewhere},
    {0x00C36400, "ceph", Place::elsewhere},
    {0x47504653, "gpfs", Place::elsewhere},
    {0x19830326, "beegfs", Place::elsewhere},
    {0x5346414F, "afs", Place::elsewhere},
    {0x6B414653, "afs", Place::elsewhere},
    {0x01021997, "9p", Place::elsewhere},
    {0x65735546, "fuse", Place::elsewhere},
    {0xAAD7AAEA, "panfs", Place::elsewhere},
};

// The deepest directory of `path` that is there, with its status.
std::string nearest(const std::string& path, struct stat& st, int& err) {
  for (std::string at = path;; at = path::parent(at)) {
    if (::stat(at.c_str(), &st) == 0) return at;
    err = errno;
    if (err != ENOENT || at == "/") return {};
  }
}

}  // namespace

std::string filesystem_name(std::uint64_t magic) {
  for (const Type& type : kTypes) {
    if (type.magic == magic) return std::string(type.name);
  }
  return fmt::format("0x{:x}", magic);
}

bool is_remote(std::string_view filesystem) {
  for (const Type& type : kTypes) {
    if (type.name == filesystem) return type.place == Place::elsewhere;
  }
  return false;
}

Storage look_at_storage(const std::string& path) {
  Storage found;
  found.path = path;
  struct stat st {};
  int err = 0;
  found.there = nearest(path, st, err);
  if (found.there.empty()) {
    found.err = err;
    return found;
  }
  found.is_directory = S_ISDIR(st.st_mode);
  found.owner = st.st_uid;
  found.mode = st.st_mode & 07777;
  found.writable = ::access(found.there.c_str(), W_OK | X_OK) == 0;
  struct statfs fs {};
  if (::statfs(found.there.c_str(), &fs) != 0) {
    found.err = errno;
    return found;
  }
  found.type = filesystem_name(static_cast<std::uint32_t>(fs.f_type));
  const auto flags = static_cast<std::uint64_t>(fs.f_flags);  // statvfs(3): the bits of ST_*
  found.read_only = (flags & 1) != 0;
  found.nosuid = (flags & 2) != 0;
  found.noexec = (flags & 8) != 0;
  found.free_bytes =
      static_cast<std::uint64_t>(fs.f_bavail) * static_cast<std::uint64_t>(fs.f_bsize);
  if (fs.f_files != 0) found.free_inodes = fs.f_ffree;
  return found;
}

}  // namespace devbox::host
