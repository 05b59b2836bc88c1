// syscall(2): the calls by number that libraries make for want of a function. libstdc++ and Rust's
// library wait on a futex so.
#include <linux/futex.h>
#include <linux/stat.h>

#include "surroundings/loaded.hpp"
#include "surroundings/now.hpp"

namespace devbox::surroundings {

extern "C" {
int clock_gettime(int clock, timespec* time);
int statx(int directory, const char* path, int flags, unsigned mask, struct statx* file);
}

namespace {

// Whether the fourth argument of futex(2) is a time of day until which to wait.
bool waits_until_a_time(int operation) {
  const int command = operation & FUTEX_CMD_MASK;
  if (command == FUTEX_LOCK_PI) return true;
  const bool is_absolute = command == FUTEX_WAIT_BITSET || command == FUTEX_WAIT_REQUEUE_PI;
  return is_absolute && (operation & FUTEX_CLOCK_REALTIME) != 0;
}

}  // namespace

// As libc's, it takes all that a call may have, whatever of it the caller gave.
DEVBOX_REPLACES long syscall(long number, long a, long b, long c, long d, long e, long f) {
  if (!time_is_changed()) return result(raw(number, a, b, c, d, e, f));
  if (number == __NR_clock_gettime)
    return clock_gettime(static_cast<int>(a), reinterpret_cast<timespec*>(b));
  if (number == __NR_statx)
    return statx(static_cast<int>(a), reinterpret_cast<const char*>(b), static_cast<int>(c),
                 static_cast<unsigned>(d), reinterpret_cast<struct statx*>(e));
  const timespec* until = reinterpret_cast<const timespec*>(d);
  if (number == __NR_futex && waits_until_a_time(static_cast<int>(b)) && d != 0 && fits(*until)) {
    const timespec real =
        timespec_of(real_deadline(loaded().time, nanoseconds(*until), real_now()));
    return result(raw(number, a, b, c, &real, e, f));
  }
  return result(raw(number, a, b, c, d, e, f));
}

}  // namespace devbox::surroundings
