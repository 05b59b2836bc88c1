// "/proc/self/fd/N": a descriptor where the kernel wants a path. A path of its own needs no escapes
// there, has no longest length, and leads nowhere else meanwhile.
#pragma once

#include "kernel/decimal.hpp"

namespace devbox::kernel {

struct FdPath {
  char text[32];
  explicit FdPath(int fd) noexcept {
    static constexpr char kPrefix[] = "/proc/self/fd/";
    char* to = text;
    for (const char* p = kPrefix; *p != '\0'; ++p) *to++ = *p;
    write_decimal(to, fd);
  }
};

}  // namespace devbox::kernel
