// /proc/self/mountinfo (proc_pid_mountinfo(5)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace devbox::host {

struct MountLine {
  std::string number;   // "0:25", of the file system
  std::string target;   // with its escapes undone, as the rest
  std::string type;     // "overlay"
  std::string source;   // "/dev/sda1"
  std::string options;  // of the file system, as they stand there
};

// In their order; a line that is none is left out. Pure.
std::vector<MountLine> parse_mountinfo(std::string_view text);

// The value of `name` among "ro,lowerdir=/a,upperdir=/b", its escapes undone; empty where it has
// none. Pure.
std::string mount_option(std::string_view options, std::string_view name);

}  // namespace devbox::host
