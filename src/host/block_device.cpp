#include "host/block_device.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "host/files.hpp"
#include "host/mountinfo.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

constexpr std::size_t kMostMounts = 4 << 20;
constexpr int kDeepest = 8;  // overlays on overlays

BlockDevice problem(std::string text) { return {{}, {}, std::move(text)}; }

// What /sys has of the device: a partition's directory lies in its disk's.
BlockDevice whole_disk(dev_t device) {
  const std::string entry = fmt::format("/sys/dev/block/{}:{}", ::major(device), ::minor(device));
  char resolved[PATH_MAX];
  if (::realpath(entry.c_str(), resolved) == nullptr)
    return problem(fmt::format("is on a device that is gone: there is no {}", entry));
  std::string directory = resolved;
  if (::access((directory + "/partition").c_str(), F_OK) == 0) directory = path::parent(directory);
  std::string name = path::filename(directory);
  std::replace(name.begin(), name.end(), '!', '/');  // as in "cciss!c0d0" (sysfs has no slashes)
  return {kernel_text(directory + "/dev"), "/dev/" + name, {}};
}

// The last mount of that file system on the way to the path.
std::optional<MountLine> mount_of(dev_t device, const std::string& path) {
  const std::string number = fmt::format("{}:{}", ::major(device), ::minor(device));
  std::optional<MountLine> found;
  for (MountLine& line : parse_mountinfo(contents("/proc/self/mountinfo", kMostMounts).bytes)) {
    if (line.number == number && (!found || path::is_within(path, line.target)))
      found = std::move(line);
  }
  return found;
}

BlockDevice behind(const std::string& path, int depth);

// A file system with a number of its own: an overlay, Btrfs, or one without a device.
BlockDevice behind_mount(dev_t device, const std::string& path, int depth) {
  const std::optional<MountLine> mount = mount_of(device, path);
  if (!mount) return problem("is on a file system that /proc/self/mountinfo does not name");
  if (mount->type == "overlay") {
    std::string below = mount_option(mount->options, "upperdir");
    if (below.empty())
      return problem("is on an overlay that nothing is written to, over several places");
    BlockDevice found = behind(below, depth + 1);
    if (!found.problem.empty())
      found.problem = fmt::format("is on an overlay over {}, which {}", below, found.problem);
    return found;
  }
  struct stat info {};
  const bool has_device = mount->source.starts_with('/') &&
                          ::stat(mount->source.c_str(), &info) == 0 && S_ISBLK(info.st_mode);
  if (has_device) return whole_disk(info.st_rdev);
  return problem(
      fmt::format("is on a file system of type {}, behind which there is no disk", mount->type));
}

BlockDevice behind(const std::string& path, int depth) {
  struct stat info {};
  if (depth > kDeepest) return problem("is on too many overlays");
  if (::stat(path.c_str(), &info) < 0)
    return problem(fmt::format("cannot be looked at: {}", std::strerror(errno)));
  if (S_ISBLK(info.st_mode)) return whole_disk(info.st_rdev);
  if (S_ISCHR(info.st_mode)) return problem("is a device, and no block device");
  if (::major(info.st_dev) != 0) return whole_disk(info.st_dev);
  char resolved[PATH_MAX];
  return behind_mount(info.st_dev, ::realpath(path.c_str(), resolved) != nullptr ? resolved : path,
                      depth);
}

}  // namespace

BlockDevice block_device_of(const std::string& path) { return behind(path, 0); }

}  // namespace devbox::host
