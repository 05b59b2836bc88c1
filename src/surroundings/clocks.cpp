// Clocks that tell the time of day: clock_gettime(2), gettimeofday(2), time(2), timespec_get(3),
// ftime(3). By system calls, which in most places is 50 ns more than by the vDSO.
#include "surroundings/loaded.hpp"
#include "surroundings/next.hpp"
#include "surroundings/now.hpp"

namespace devbox::surroundings {
namespace {

int64_t shown_clock(int clock) {
  const int64_t real = real_clock(clock);
  return time_is_changed() ? shown(loaded().time, real) : real;
}

// CLOCK_TAI is ahead of the time of day by whole seconds.
timespec shown_tai() {
  const int64_t ahead = real_clock(CLOCK_TAI) - real_now();
  const int64_t whole = (ahead + kSecond / 2) / kSecond * kSecond;
  return timespec_of(shown_clock(CLOCK_REALTIME) + whole);
}

// struct timezone of gettimeofday(2), and struct timeb of ftime(3).
struct Zone {
  int minutes_west, dst;
};
struct Timeb {
  int64_t time;
  unsigned short millitm;
  short minutes_west, dst;
};

}  // namespace

DEVBOX_REPLACES int clock_gettime(int clock, timespec* time) {
  if (time_is_changed() && time != nullptr) {
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ||
        clock == CLOCK_REALTIME_ALARM) {
      *time = timespec_of(shown_clock(clock == CLOCK_REALTIME_ALARM ? CLOCK_REALTIME : clock));
      return 0;
    }
    if (clock == CLOCK_TAI) {
      *time = shown_tai();
      return 0;
    }
  }
  return outcome(raw(__NR_clock_gettime, clock, time));
}

DEVBOX_REPLACES int gettimeofday(timeval* time, void* zone) {
  if (zone != nullptr) *static_cast<Zone*>(zone) = {};  // as glibc from 2.31
  if (time == nullptr) return 0;
  const timespec now = timespec_of(shown_clock(CLOCK_REALTIME));
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

DEVBOX_REPLACES long time(long* seconds) {
  const long now = shown_clock(CLOCK_REALTIME_COARSE) / kSecond;  // the clock of the files
  if (seconds != nullptr) *seconds = now;
  return now;
}

DEVBOX_REPLACES int timespec_get(timespec* time, int base) {
  constexpr int kTimeUtc = 1;
  if (base != kTimeUtc) {
    static void* place = nullptr;
    auto* const real = next<int(timespec*, int)>("timespec_get", place);
    return real == nullptr ? 0 : real(time, base);
  }
  *time = timespec_of(shown_clock(CLOCK_REALTIME));
  return base;
}

DEVBOX_REPLACES int ftime(Timeb* time) {
  const timespec now = timespec_of(shown_clock(CLOCK_REALTIME));
  *time = {now.tv_sec, static_cast<unsigned short>(now.tv_nsec / 1'000'000), 0, 0};
  return 0;
}

}  // namespace devbox::surroundings
