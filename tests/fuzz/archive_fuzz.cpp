// Archives: whatever their bytes are, what they make lies in the directory that they are given.
#include <fcntl.h>
#include <ftw.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "image/unpack.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace {

constexpr const char* kSecret = "outside/secret";

int remove_one(const char* path, const struct stat*, int, struct FTW*) { return ::remove(path); }
int remove_readable(const char* path, const struct stat* st, int, struct FTW*) {
  return S_ISDIR(st->st_mode) ? ::chmod(path, 0700) : 0;
}

void require(bool what) {
  if (!what) std::abort();
}

// The working directory, on memory where there is some: "root" is the tree, and beside it there is
// a file that archives may try to get at.
void begin() {
  char path[64] = "/dev/shm/devbox-fuzz-XXXXXX";
  char other[64] = "/tmp/devbox-fuzz-XXXXXX";
  require(::chdir(::mkdtemp(path) != nullptr ? path : ::mkdtemp(other)) == 0);
  require(::mkdir("outside", 0700) == 0);
  const devbox::Fd secret(::open(kSecret, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  require(::write(secret.get(), "secret", 6) == 6);
  std::atexit([] {
    static char here[4096];
    if (::getcwd(here, sizeof here) != nullptr) ::nftw(here, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  });
}

// Two names beside each other, one outside, and nothing of that changed.
void check_outside() {
  struct stat st {};
  require(::lstat(kSecret, &st) == 0 && st.st_nlink == 1 && st.st_size == 6);
  require((st.st_mode & 07777U) == 0600 && S_ISREG(st.st_mode));
  require(::stat(".", &st) == 0 && (st.st_mode & 07777U) == 0700);
  require(::rename(kSecret, "secret") == 0 && ::rmdir("outside") == 0);  // ENOTEMPTY: a new name
  require(::mkdir("outside", 0700) == 0 && ::rename("secret", kSecret) == 0);
}

// Each name has its entry, or is the other way round a device.
void check_tree(const devbox::image::Entries& entries) {
  using devbox::image::EntryKind;
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool begun = (begin(), true);
  static_cast<void>(begun);
  const devbox::Fd archive(::memfd_create("archive", MFD_CLOEXEC));
  require(::write(archive.get(), data, size) == static_cast<ssize_t>(size));
  require(::lseek(archive.get(), 0, SEEK_SET) == 0);
  require(::mkdir("root", 0700) == 0);
  try {
    const devbox::Fd root(::open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    devbox::image::FileWriter files;
    const auto found = devbox::image::unpack(archive.get(), root.get(), std::nullopt, files,
                                             [](std::uint64_t, std::uint64_t) {});
    check_tree(found.entries);
    manifest_text(found.entries, devbox::image::Ownership::told);
  } catch (const devbox::Error& error) {
    for (const char c : error.message()) require(static_cast<unsigned char>(c) >= 0x20);
  }
  ::nftw("root", remove_readable, 16, FTW_PHYS);
  ::nftw("root", remove_one, 16, FTW_DEPTH | FTW_PHYS);
  check_outside();
  return 0;
}
