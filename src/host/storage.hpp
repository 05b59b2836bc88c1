// A directory in which devbox keeps things, and the file system under it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace devbox::host {

struct Storage {
  std::string path;   // absolute
  std::string there;  // `path`, or the nearest directory above it that is there
  int err = 0;        // why neither can be looked at; then nothing below is known
  bool is_directory = true;
  std::uint32_t owner = 0;
  unsigned mode = 0;      // permission bits
  bool writable = false;  // by this process (access(2))
  std::string type;       // "ext4", "nfs"; "0x1234" where the number has no name here
  bool read_only = false, noexec = false, nosuid = false;
  std::uint64_t free_bytes = 0;              // for an ordinary user
  std::optional<std::uint64_t> free_inodes;  // none where the file system has no fixed number
};

Storage look_at_storage(const std::string& path);

// What a directory of running boxes must not be, and what to do about it.
inline constexpr const char* kNotYoursAlone = "it is not a directory that is yours alone";
inline constexpr const char* kMakeItYours =
    "remove it, or set XDG_RUNTIME_DIR to a directory of yours with mode 0700";

// statfs(2): the name of `f_type`. Pure.
std::string filesystem_name(std::uint64_t magic);

// Whether its files are another machine's, or a program's that knows this user alone: ids that are
// mapped from subordinate ranges mean nothing to it. Pure.
bool is_remote(std::string_view filesystem);

}  // namespace devbox::host
