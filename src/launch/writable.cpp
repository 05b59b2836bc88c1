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

// The text of `lowerdir`, from the top: the generated layer's name, relative to the working
// directory, and the paths of descriptors, with colons between.
class Layers {
 public:
  explicit Layers(const char* generated) noexcept {
    if (generated != nullptr) add(generated);
  }
  void add(int fd) noexcept { add(kernel::FdPath(fd).text); }
  const char* text() const noexcept { return text_; }

 private:
  void add(const char* layer) noexcept {  // each of at most 31 bytes
    if (end_ != text_) *end_++ = ':';
    for (; *layer != '\0' && end_ + 1 < text_ + sizeof text_; ++layer) *end_++ = *layer;
    *end_ = '\0';
  }
  char text_[128] = {};
  char* end_ = text_;
};

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
    // It is what the box sees of the directory itself.
    const int like = on_tree ? child.directories : lower.value;
    if (const Done begun = look_like(like, base.value, "upper"); !begun)
      return {at(Step::upper, begun)};
  }
  const Sys<int> upper = open_in(base.value, "upper");
  if (!upper) return {at(Step::upper, upper)};
  const Sys<int> work = open_in(base.value, "work");
  if (!work) return {at(Step::upper, work)};
  Layers layers(op.text);
  if (on_tree && child.directories != child.tree) layers.add(child.directories);
  layers.add(lower.value);
  const Sys<int> mount = kernel::new_overlay(
      layers.text(), upper.value, work.value,
      op.discarded ? kernel::Writes::discarded : kernel::Writes::kept, op.attributes);
  raw(__NR_close, work.value);
  raw(__NR_close, upper.value);
  if (!on_tree) raw(__NR_close, lower.value);
  raw(__NR_close, base.value);
  return {at(Step::writable, mount), mount.value};
}

}  // namespace devbox::launch
