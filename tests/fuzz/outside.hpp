// A working directory for what archives make, beside what they may try to get at.
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "image/manifest.hpp"
#include "util/fd.hpp"

namespace devbox::fuzz {

inline constexpr const char* kSecret = "outside/secret";

inline int remove_one(const char* path, const struct stat*, int, struct FTW*) {
  return ::remove(path);
}
inline int remove_readable(const char* path, const struct stat* st, int, struct FTW*) {
  return S_ISDIR(st->st_mode) ? ::chmod(path, 0700) : 0;
}

inline void require(bool what) {
  if (!what) std::abort();
}

// The working directory, on memory where there is some: "root" is the tree, and beside it there is
// a file that archives may try to get at.
inline void begin() {
  char path[64] = "/dev/shm/devbox-fuzz-XXXXXX";
  char other[64] = "/tmp/devbox-fuzz-XXXXXX";
  require(::chdir(::mkdtemp(path) != nullptr ? path : ::mkdtemp(other)) == 0);
  require(::mkdir("outside", 0700) == 0);
  const Fd secret(::open(kSecret, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  require(::write(secret.get(), "secret", 6) == 6);
  std::atexit([] {
    static char here[4096];
    if (::getcwd(here, sizeof here) != nullptr) ::nftw(here, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  });
}

// Two names beside each other, one outside, and nothing of that changed.
inline void check_outside() {
  struct stat st {};
  require(::lstat(kSecret, &st) == 0 && st.st_nlink == 1 && st.st_size == 6);
  require((st.st_mode & 07777U) == 0600 && S_ISREG(st.st_mode));
  require(::stat(".", &st) == 0 && (st.st_mode & 07777U) == 0700);
  require(::rename(kSecret, "secret") == 0 && ::rmdir("outside") == 0);  // ENOTEMPTY: a new name
  require(::mkdir("outside", 0700) == 0 && ::rename("secret", kSecret) == 0);
}

// Each name has its entry, or is the other way round a device.
inline void check_tree(const image::Entries& entries) {
  using image::EntryKind;
  for (const auto& [path, entry] : entries) {
    struct stat st {};
    const bool there = ::lstat(("root/" + path).c_str(), &st) == 0;
    if (!there && errno == ENAMETOOLONG) continue;
    const bool device = entry.kind == EntryKind::character || entry.kind == EntryKind::block;
    require(there != device);
    if (device) continue;
    require(S_ISDIR(st.st_mode) == (entry.kind == EntryKind::directory));
    require(S_ISLNK(st.st_mode) == (entry.kind == EntryKind::symlink));
    if (entry.kind == EntryKind::file)
      require(static_cast<std::uint64_t>(st.st_size) == entry.size);
    if (entry.kind != EntryKind::symlink) require((st.st_mode & 07000U) == 0);
  }
}

// "root" and what is below it.
inline void remove_tree(const char* path) {
  ::nftw(path, remove_readable, 16, FTW_PHYS);
  ::nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

}  // namespace devbox::fuzz
