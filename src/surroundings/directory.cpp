// opendir(3) and all that takes what it returns: libc's DIR is opaque, so all are replaced or none.
#include <asm/fcntl.h>
#include <asm/stat.h>
#include <linux/stat.h>

#include "surroundings/entries.hpp"

namespace devbox::surroundings {
namespace {

// One thread at a time in each stream, as libc has it; the wait is for a system call at the most.
class Lock {
 public:
  explicit Lock(int& word) : word_(word) {
    while (__atomic_exchange_n(&word_, 1, __ATOMIC_ACQUIRE) != 0) raw(__NR_sched_yield);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { __atomic_store_n(&word_, 0, __ATOMIC_RELEASE); }

 private:
  int& word_;
};

}  // namespace

struct Directory {
  int fd = -1;
  int locked = 0;
  size_t position = 0;  // of the next entry
  Entries entries;
};

namespace {

Directory* make(int fd) {
  auto* const made = static_cast<Directory*>(malloc(sizeof(Directory)));
  if (made == nullptr) {
    *libc_errno() = ENOMEM;
    return nullptr;
  }
  *made = {fd, 0, 0, {}};
  return made;
}

// The next entry, nullptr at the end, or a negative errno in `error`.
Dirent* take(Directory& directory, long& error) {
  error = directory.entries.is_read() ? 0 : directory.entries.read(directory.fd);
  if (error < 0 || directory.position >= directory.entries.count()) return nullptr;
  return directory.entries.at(directory.position++);
}

}  // namespace

// Internal to this library: opendir below a directory.
Directory* open_at(int parent, const char* path) {
  const long fd = raw(__NR_openat, parent, path, O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    result(fd);
    return nullptr;
  }
  Directory* made = make(static_cast<int>(fd));
  if (made == nullptr) raw(__NR_close, fd);
  return made;
}

DEVBOX_REPLACES Directory* opendir(const char* path) { return open_at(kWorkingDirectory, path); }

DEVBOX_REPLACES Directory* fdopendir(int fd) {
  struct stat file {};
  long error = raw(__NR_fstat, fd, &file);
  if (error == 0 && !S_ISDIR(file.st_mode)) error = -ENOTDIR;
  const long flags = error == 0 ? raw(__NR_fcntl, fd, F_GETFL) : error;
  if (flags >= 0 && (flags & O_ACCMODE) == O_WRONLY) error = -EINVAL;
  if (flags < 0 || error < 0) {
    result(error < 0 ? error : flags);
    return nullptr;
  }
  return make(fd);
}

DEVBOX_REPLACES int closedir(Directory* directory) {
  if (directory == nullptr) return outcome(-EINVAL);
  const int fd = directory->fd;
  directory->entries.clear();
  free(directory);
  return outcome(raw(__NR_close, fd));
}

DEVBOX_REPLACES int dirfd(Directory* directory) { return directory->fd; }

DEVBOX_REPLACES Dirent* readdir(Directory* directory) {
  const Lock lock(directory->locked);
  const int before = *libc_errno();
  long error = 0;
  Dirent* entry = take(*directory, error);
  *libc_errno() = error < 0 ? static_cast<int>(-error) : before;  // the end is no error
  return entry;
}

DEVBOX_REPLACES int readdir_r(Directory* directory, Dirent* entry, Dirent** found) {
  const Lock lock(directory->locked);
  long error = 0;
  const Dirent* next = take(*directory, error);
  *found = next == nullptr ? nullptr : entry;
  for (size_t i = 0; next != nullptr && i < next->bytes; ++i)
    reinterpret_cast<char*>(entry)[i] = reinterpret_cast<const char*>(next)[i];
  return static_cast<int>(-error);
}

DEVBOX_REPLACES void rewinddir(Directory* directory) {
  const Lock lock(directory->locked);
  raw(__NR_lseek, directory->fd, 0, 0);
  directory->entries.clear();
  directory->position = 0;
}

// Positions hold until rewinddir(3), as POSIX has it.
DEVBOX_REPLACES long telldir(Directory* directory) {
  const Lock lock(directory->locked);
  return static_cast<long>(directory->position);
}
DEVBOX_REPLACES void seekdir(Directory* directory, long position) {
  const Lock lock(directory->locked);
  directory->position = static_cast<size_t>(position);
}

DEVBOX_REPLACES Dirent* readdir64(Directory*) __attribute__((alias("readdir")));
DEVBOX_REPLACES int readdir64_r(Directory*, Dirent*, Dirent**) __attribute__((alias("readdir_r")));

}  // namespace devbox::surroundings
