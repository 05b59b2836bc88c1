#include <linux/utsname.h>

#include "surroundings/libc.hpp"
#include "surroundings/loaded.hpp"

namespace devbox::surroundings {
namespace {

void replace(char (&text)[kMostText + 1], const char (&by)[kMostText + 1]) {
  if (by[0] == '\0') return;
  for (int i = 0; i <= kMostText; ++i) text[i] = by[i];
}

}  // namespace

DEVBOX_REPLACES int uname(new_utsname* system) {
  const long value = raw(__NR_uname, system);
  if (value == 0) {
    replace(system->release, loaded().release);
    replace(system->version, loaded().version);
  }
  return outcome(value);
}

}  // namespace devbox::surroundings
