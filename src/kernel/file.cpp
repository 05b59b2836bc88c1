#include "kernel/file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>

#include <cerrno>

#include "kernel/raw.hpp"

namespace devbox::kernel {
namespace {

constexpr int kPathFlags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
constexpr std::size_t kPathBytes = 4096;

// Copies `n` bytes of `text` to `to` and ends it; false where they do not fit.
bool copy(char (&to)[kPathBytes], const char* text, std::size_t n) noexcept {
  if (n >= kPathBytes) return false;
  for (std::size_t i = 0; i < n; ++i) to[i] = text[i];
  to[n] = '\0';
  return true;
}

// One component at a time: O_DIRECTORY with O_NOFOLLOW is ENOTDIR at a link, which is what is
// wanted of all but the last.
Sys<int> walk(int directory, const char* path) noexcept {
  Sys<int> at = sys_int(raw(__NR_openat, directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  char name[kPathBytes];
  while (at && *path != '\0') {
    std::size_t n = 0;
    while (path[n] != '\0' && path[n] != '/') ++n;
    const bool last = path[n] == '\0';
    if (!copy(name, path, n)) return {-1, ENAMETOOLONG};
    const Sys<int> next =
        sys_int(raw(__NR_openat, at.value, name, last ? kPathFlags : kPathFlags | O_DIRECTORY));
    raw(__NR_close, at.value);
    at = next;
    path += last ? n : n + 1;
  }
  return at;
}

}  // namespace

Sys<int> open_below(int directory, const char* path) noexcept {
  struct open_how how {};
  how.flags = kPathFlags;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH;
  const char* name = *path == '\0' ? "." : path;
  const Sys<int> found = sys_int(raw(__NR_openat2, directory, name, &how, sizeof how));
  return found.err == ENOSYS ? walk(directory, path) : found;
}

Sys<int> open_in_root(int directory, const char* path) noexcept {
  struct open_how how {};
  how.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return sys_int(raw(__NR_openat2, directory, path, &how, sizeof how));
}

const char* last_component(const char* path) noexcept {
  const char* name = path;
  for (const char* p = path; *p != '\0'; ++p) {
    if (*p == '/') name = p + 1;
  }
  return name;
}

Sys<int> open_parent(int directory, const char* path) noexcept {
  const char* name = last_component(path);
  char parent[kPathBytes];
  const std::size_t n = name == path ? 0 : static_cast<std::size_t>(name - path) - 1;
  if (!copy(parent, path, n)) return {-1, ENAMETOOLONG};
  return open_below(directory, parent);
}

Done write_file(int directory, const char* name, const char* bytes, std::size_t size,
                unsigned mode) noexcept {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const Sys<int> file = sys_int(raw(__NR_openat, directory, name, kFlags, mode));
  if (!file) return {{}, file.err};
  long n = 0;
  for (std::size_t done = 0; done < size; done += static_cast<std::size_t>(n)) {
    n = raw(__NR_write, file.value, bytes + done, size - done);
    if (n < 0) break;
  }
  raw(__NR_close, file.value);
  return n < 0 ? sys_done(n) : Done{};
}

Done write_existing(const char* path, const char* bytes, std::size_t size) noexcept {
  const Sys<int> file = sys_int(raw(__NR_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC));
  if (!file) return {{}, file.err};
  const long n = raw(__NR_write, file.value, bytes, size);
  raw(__NR_close, file.value);
  return sys_done(n);
}

}  // namespace devbox::kernel
