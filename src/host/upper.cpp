#include "host/upper.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "host/storage.hpp"
#include "util/fd.hpp"

namespace devbox::host {
namespace {

// Names that an overlay does not use itself.
constexpr const char* kAttribute = "user.devbox";

int check_attributes(int directory) {
  // Not the upper, whose mode is the box's to choose.
  const Fd work(::openat(directory, "work", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!work) return errno;
  if (::fsetxattr(work.get(), kAttribute, "1", 1, 0) < 0) return errno;
  return ::fremovexattr(work.get(), kAttribute) < 0 ? errno : 0;
}

int check_kinds(int directory) {
  const int again = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(again < 0 ? nullptr : ::fdopendir(again),
                                                   &::closedir);
  if (!stream) return errno;
  while (const dirent* found = ::readdir(stream.get())) {
    if (std::string_view(found->d_name) == "upper" && found->d_type != DT_DIR) return EINVAL;
  }
  return 0;
}

int check(int directory) {
  struct statfs fs {};
  if (::fstatfs(directory, &fs) < 0) return errno;
  const auto magic = static_cast<std::uint32_t>(fs.f_type);
  if (magic == OVERLAYFS_SUPER_MAGIC) return EXDEV;
  if (is_remote(filesystem_name(magic))) return EREMOTE;
  for (const auto& [name, mode] : {std::pair{"upper", 0755U}, std::pair{"work", 0700U}}) {
    if (::mkdirat(directory, name, mode) < 0 && errno != EEXIST) return errno;
  }
  const int err = check_attributes(directory);
  return err != 0 ? err : check_kinds(directory);
}

}  // namespace

kernel::Done make_upper(int directory) { return {{}, check(directory)}; }

}  // namespace devbox::host
