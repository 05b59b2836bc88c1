// What the library takes of the libc that it is loaded beside, and how it gives what it replaces.
//
// No header of libc is included: its declarations say `noexcept`, `nonnull` and an assembler's name
// differently in every version. The types are the kernel's, which on x86-64 and aarch64 are also
// libc's. The references have no version, so that any glibc satisfies them.
#pragma once

#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/time.h>
#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/raw.hpp"

#define DEVBOX_REPLACES extern "C" __attribute__((visibility("default")))

extern "C" {
int* libc_errno() __asm__("__errno_location");
void* malloc(size_t bytes);
void* realloc(void* memory, size_t bytes);
void free(void* memory);
void qsort(void* items, size_t count, size_t bytes, int (*compare)(const void*, const void*));
}

namespace devbox::surroundings {

using kernel::raw;

inline constexpr int kWorkingDirectory = -100;  // AT_FDCWD
inline constexpr int kNotFollowed = 0x100;      // AT_SYMLINK_NOFOLLOW
inline constexpr int kEmptyPath = 0x1000;       // AT_EMPTY_PATH

// As libc returns what the kernel did.
inline long result(long value) {
  if (value >= 0 || value < -4095) return value;
  *libc_errno() = static_cast<int>(-value);
  return -1;
}

inline int outcome(long value) { return static_cast<int>(result(value)); }

inline size_t length(const char* text) {
  size_t n = 0;
  while (text[n] != '\0') ++n;
  return n;
}

inline int compare(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) ++a, ++b;
  return static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b);
}

}  // namespace devbox::surroundings
