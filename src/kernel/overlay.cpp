#include "kernel/overlay.hpp"

#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "kernel/fd_path.hpp"
#include "kernel/mount.hpp"

namespace devbox::kernel {

Sys<int> new_overlay(const char* lowers, int upper, int work, Writes writes,
                     std::uint64_t attributes) noexcept {
  const FdPath uppers(upper);
  const FdPath works(work);
  const Parameter parameters[] = {
      {"lowerdir", lowers},    {"upperdir", uppers.text},
      {"workdir", works.text}, {"userxattr", nullptr},
      {"index", "off"},        {"xino", "off"},
      {"metacopy", "off"},     {"redirect_dir", "nofollow"},  // "off" may mean "follow"
      {"volatile", nullptr},                                  // the last
  };
  constexpr int kCount = sizeof parameters / sizeof parameters[0];
  return new_filesystem("overlay", parameters, writes == Writes::kept ? kCount - 1 : kCount,
                        attributes);
}

bool is_whiteout(const struct stat& st) noexcept {
  return S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
}

bool is_opaque(int directory) noexcept {
  char value[2] = {};
  return ::fgetxattr(directory, "user.overlay.opaque", value, sizeof value) == 1 && value[0] == 'y';
}

}  // namespace devbox::kernel
