// From real times to shown ones and back, in nanoseconds since 1970. Pure.
#pragma once

#include <stdint.h>

namespace devbox::surroundings {

inline constexpr int64_t kSecond = 1'000'000'000;

struct TimeMap {
  int64_t start = 0;     // real
  int64_t base = 0;      // shown at the start
  int64_t slowdown = 0;  // 0: real times are shown
};

// What the clock shows. One that was set back to before the start shows the base.
inline int64_t shown(const TimeMap& map, int64_t real) {
  return real <= map.start ? map.base : map.base + (real - map.start) / map.slowdown;
}

// A file that the build makes may be older than the start by this: the kernel gives it the time of
// the last tick, of which there are 100 in a second at the least.
inline constexpr int64_t kTick = kSecond / 50;

// A file's time as it is shown. One behind the real clock was set by someone; but for a second, by
// which the clock of a file system's server may be ahead.
inline int64_t shown_of_file(const TimeMap& map, int64_t stored, int64_t now) {
  return stored < map.start - kTick || stored > now + kSecond ? stored : shown(map, stored);
}

// The same of a file that was there before the start, which its ctime tells: the build can set any
// other. What is newer than the base would lie in the future.
inline int64_t shown_of_old_file(const TimeMap& map, int64_t stored, int64_t now) {
  const bool is_ahead = stored > map.base && stored < map.start;
  return is_ahead ? map.base : shown_of_file(map, stored, now);
}

// What to store where `wanted` is to be shown: what is not between the base and now was not read
// from the clock or from a file that the build made.
inline int64_t stored_for(const TimeMap& map, int64_t wanted, int64_t now) {
  if (wanted < map.base || wanted > shown(map, now)) return wanted;
  return map.start + (wanted - map.base) * map.slowdown;
}

// Until when to wait really. It was reckoned from the shown clock, and the wait is to be as long;
// or from the monotonic one, which pthread_condattr_setclock(3) may have chosen and which nobody
// can ask a condition variable: that counts from the boot, and no machine runs for half of the time
// since 1970.
inline int64_t real_deadline(const TimeMap& map, int64_t deadline, int64_t now) {
  const int64_t now_shown = shown(map, now);
  if (deadline < now_shown / 2) return deadline;
  const int64_t real = deadline - now_shown + now;
  return real < 0 ? 0 : real;
}

}  // namespace devbox::surroundings
