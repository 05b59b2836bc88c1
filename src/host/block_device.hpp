// The disk behind a path, as the io controller of cgroup version 2 knows it.
#pragma once

#include <string>

namespace devbox::host {

struct BlockDevice {
  std::string number;   // "259:0", of the whole disk; empty: there is none
  std::string node;     // "/dev/nvme0n1"
  std::string problem;  // where there is none: why, behind the path: "is on a tmpfs, which …"
};

// Every link is followed. Of a device it is that device; of a file the one that its file system is
// on, through an overlay to its upper directory; of a partition the disk, which alone can be
// limited (blk-cgroup.c, blkg_conf_open_bdev).
BlockDevice block_device_of(const std::string& path);

}  // namespace devbox::host
