#include "store/trust.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "host/new_file.hpp"
#include "store/digest.hpp"
#include "store/identity.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

constexpr std::size_t kMaxGrant = std::size_t{64} * 1024;  // a digest and a path

std::string grant_text(const std::string& profile_path, const std::string& digest) {
  return digest + "\n" + profile_path + "\n";
}

// Whoever can write here decides what a profile may reach.
void check_owner(const std::string& path, const struct stat& st) {
  if (st.st_uid != ::geteuid()) {
    throw Error(fmt::format("cannot trust {}: it belongs to uid {}, not to you", printable(path),
                            st.st_uid),
                "find out who put it there, then move it away");
  }
  if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    throw Error(fmt::format("cannot trust {}: others may write it (its mode is {:04o})",
                            printable(path), st.st_mode & 07777),
                "check what it holds, then take that right away with `chmod go-w`");
  }
}

// Opens `name` below `directory`, a link not followed, and checks whose it is; an empty Fd where
// there is none. `path` is its whole path, for messages.
Fd open_own(int directory, const std::string& name, int flags, const std::string& path) {
  Fd fd(::openat(directory, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno == ENOENT) return fd;
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0) {
    const int err = errno;
    const bool seen = ::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (seen && S_ISLNK(st.st_mode)) {
      throw Error(fmt::format("cannot trust {}: it is a symbolic link", printable(path)),
                  "find out who put it there, then remove it");
    }
    if (seen) check_owner(path, st);  // says more than "Permission denied"
    throw host::cannot("open", path, err);
  }
  check_owner(path, st);
  return fd;
}

// The directory of the grants.
Fd open_directory(const std::string& path) {
  return open_own(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, path);
}

void make_durable(int directory, const std::string& path) {
  if (::fsync(directory) != 0) throw host::cannot("write", path, errno);
}

}  // namespace

std::string closure_digest(const std::vector<profile::ClosureFile>& closure) {
  Digest digest;
  for (const profile::ClosureFile& file : closure) {
    digest.add_field(file.path);
    digest.add_field(file.bytes);
  }
  return digest.hex();
}

Trust::Verdict Trust::verdict(const std::string& profile_path, const std::string& digest) const {
  const Fd directory = open_directory(directory_);
  if (!directory) return Verdict::unknown;

  const std::string name = sha256(profile_path);
  const std::string path = path::join(directory_, name);
  const Fd fd = open_own(directory.get(), name, host::kCautiousRead, path);
  if (!fd) return Verdict::unknown;

  const host::Contents read = host::contents(fd.get(), kMaxGrant);
  if (read.err != 0) throw host::cannot("read", path, read.err);
  if (read.bytes == grant_text(profile_path, digest)) return Verdict::granted;
  // What is no grant of this profile, a damaged one too, grants nothing.
  const std::size_t end = read.bytes.find('\n');
  const bool same_path =
      end != std::string::npos && read.bytes.substr(end + 1) == profile_path + "\n";
  return same_path ? Verdict::changed : Verdict::unknown;
}

void Trust::grant(const std::string& profile_path, const std::string& digest) const {
  host::make_directories(directory_);
  const Fd directory = open_directory(directory_);
  if (!directory) throw host::cannot("open", directory_, ENOENT);
  host::NewFile file(directory.get(), directory_, 0600);
  file.write(grant_text(profile_path, digest));
  file.rename(sha256(profile_path));
  make_durable(directory.get(), directory_);
}

bool Trust::revoke(const std::string& profile_path) const {
  const Fd directory = open_directory(directory_);
  if (!directory) return false;
  const std::string name = sha256(profile_path);
  if (::unlinkat(directory.get(), name.c_str(), 0) != 0) {
    if (errno == ENOENT) return false;
    throw host::cannot("remove", path::join(directory_, name), errno);
  }
  make_durable(directory.get(), directory_);
  return true;
}

}  // namespace devbox::store
