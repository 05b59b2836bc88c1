// Reading small files whole, without ever waiting for one.
#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <cstddef>
#include <string>

#include "util/fd.hpp"

namespace devbox::host {

struct Contents {
  std::string bytes;
  int err = 0;            // the errno of what failed, or 0
  mode_t wrong_kind = 0;  // st_mode of what is no regular file, or 0
  bool too_long = false;

  bool ok() const { return err == 0 && wrong_kind == 0 && !too_long; }
};

Contents contents(const char* path, std::size_t max_bytes);

// The rest of a descriptor, from its offset.
Contents contents(int fd, std::size_t max_bytes);

// What the kernel says in a file of /proc, /sys or a control group, without the newlines at its
// end: `file` below `directory` (borrowed), or an absolute path. Empty where it says nothing, or
// cannot be read.
std::string kernel_text(int directory, const char* file);
std::string kernel_text(const std::string& path);

// The flags that open what somebody else may have put there: a FIFO is not waited for (O_NONBLOCK),
// and a terminal does not become the controlling one (O_NOCTTY).
inline constexpr int kCautiousRead = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

// "1 MiB", "64 KiB", "100 bytes".
std::string size_text(std::size_t bytes);

}  // namespace devbox::host
