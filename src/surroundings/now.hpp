// The real clock, and the kernel's pairs of seconds and a fraction as nanoseconds.
#pragma once

#include "surroundings/libc.hpp"
#include "surroundings/shown_time.hpp"

namespace devbox::surroundings {

inline int64_t nanoseconds(const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }

inline timespec timespec_of(int64_t time) {
  int64_t seconds = time / kSecond;
  if (time % kSecond < 0) --seconds;  // before 1970
  return {seconds, time - seconds * kSecond};
}

// Whether it fits into nanoseconds: until the year 2255. What does not is left as it is.
inline bool fits(const timespec& time) {
  constexpr int64_t kMost = 9'000'000'000;
  return time.tv_sec >= -kMost && time.tv_sec <= kMost && time.tv_nsec >= 0 &&
         time.tv_nsec < kSecond;
}

// No clock that this is asked for fails.
inline int64_t real_clock(int clock) {
  timespec now{};
  raw(__NR_clock_gettime, clock, &now);
  return nanoseconds(now);
}

inline int64_t real_now() { return real_clock(CLOCK_REALTIME); }

}  // namespace devbox::surroundings
