// Overlays that are written to. Runs in the child (child.cpp).
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "kernel/fd_path.hpp"
#include "kernel/file.hpp"
#include "kernel/overlay.hpp"
#include "launch/child_state.hpp"

namespace devbox::launch {
namespace {

using kernel::Done;
using kernel::raw;
using kernel::Step;
using kernel::Sys;

constexpr int kDirectory = O_PATH | O_DIRECTORY | O_CLOEXEC;
constexpr unsigned kUnmapped = 65534;  // user_namespaces(7), "Unmapped user and group IDs"

// The layers of `lowerdir`: the generated one's name, relative to the working directory, a colon
// and the descriptor's path.
struct LayersPath {
  char text[64];
  LayersPath(const char* generated, int fd) noexcept {
    char* to = text;
    for (const char* p = generated; p != nullptr && *p != '\0' && to < text + 24; ++p) *to++ = *p;
    if (to != text) *to++ = ':';
    const kernel::FdPath path(fd);
    for (const char* p = path.text; *p != '\0'; ++p) *to++ = *p;
    *to = '\0';
  }
};

// An upper that is new looks like what it lies on: it is what the box sees of that directory
// itself.
Done begin_upper(int lower, int upper) noexcept { return look_like(lower, upper, "upper"); }

Sys<int> open_in(int directory, const char* name) noexcept {
  return kernel::sys_int(raw(__NR_openat, directory, name, kDirectory | O_NOFOLLOW));
}

}  // namespace

Done look_like(int from, int directory, const char* name) noexcept {
  struct stat wanted {};
  struct stat now {};
  constexpr int kSelf = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW;
  if (const long got = raw(__NR_newfstatat, from, "", &wanted, kSelf); got < 0)
    return kernel::sys_done(got);
  if (S_ISLNK(wanted.st_mode)) return {};
  if (const long got = raw(__NR_newfstatat, directory, name, &now, AT_SYMLINK_NOFOLLOW); got < 0)
    return kernel::sys_done(got);
  // An id that the box does not have stays what it is: the user's.
  const unsigned uid = wanted.st_uid == kUnmapped ? now.st_uid : wanted.st_uid;
  const unsigned gid = wanted.st_gid == kUnmapped ? now.st_gid : wanted.st_gid;
  if (uid != now.st_uid || gid != now.st_gid) {
    const long owned = raw(__NR_fchownat, directory, name, uid, gid, AT_SYMLINK_NOFOLLOW);
    if (owned < 0) return kernel::sys_done(owned);
  }
  return kernel::sys_done(raw(__NR_fchmodat, directory, name, wanted.st_mode & 07777U));
}

NewOverlay new_writable(const Child& child, const Operation& op) noexcept {
  const Sys<int> base = kernel::sys_int(raw(__NR_openat, AT_FDCWD, op.upper, kDirectory));
  if (!base) return {at(Step::upper, base)};
  const bool on_tree = op.source == nullptr;
  const Sys<int> lower = on_tree ? Sys<int>{child.tree, 0} : open_in(AT_FDCWD, op.source);
  if (!lower) return {at(Step::open_source, lower)};
  if (op.fresh) {
    if (const Done begun = begin_upper(lower.value, base.value); !begun)
      return {at(Step::upper, begun)};
  }
  const Sys<int> upper = open_in(base.value, "upper");
  if (!upper) return {at(Step::upper, upper)};
  const Sys<int> work = open_in(base.value, "work");
  if (!work) return {at(Step::upper, work)};
  const Sys<int> mount = kernel::new_overlay(
      LayersPath(op.text, lower.value).text, upper.value, work.value,
      op.discarded ? kernel::Writes::discarded : kernel::Writes::kept, op.attributes);
  raw(__NR_close, work.value);
  raw(__NR_close, upper.value);
  if (!on_tree) raw(__NR_close, lower.value);
  raw(__NR_close, base.value);
  return {at(Step::writable, mount), mount.value};
}

}  // namespace devbox::launch
