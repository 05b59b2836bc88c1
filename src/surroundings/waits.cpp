// Waits until a time of day: libc's own function is called with the real time.
//
// Nothing here is noexcept: most are cancellation points, and libc unwinds through them.
#include "surroundings/loaded.hpp"
#include "surroundings/next.hpp"
#include "surroundings/now.hpp"

namespace devbox::surroundings {
namespace {

// A time until which to wait, as it really is.
class Until {
 public:
  explicit Until(const timespec* time, int clock = CLOCK_REALTIME) : time_(time) {
    if (time == nullptr || clock != CLOCK_REALTIME || !time_is_changed() || !fits(*time)) return;
    real_ = timespec_of(real_deadline(loaded().time, nanoseconds(*time), real_now()));
    time_ = &real_;
  }
  const timespec* real() const { return time_; }

 private:
  const timespec* time_;
  timespec real_{};
};

// A function of libc by its type. Where it is nowhere, nobody was linked to it.
template <class Result, class... Arguments>
struct Next {
  const char* name = nullptr;
  void* place = nullptr;

  Result call(Result missing, Arguments... arguments) {
    auto* const function = next<Result(Arguments...)>(name, place);
    return function == nullptr ? missing : function(arguments...);
  }
};

using Time = const timespec*;

struct Itimerspec {
  timespec interval, value;
};

constexpr int kAbsolute = 1;     // TIMER_ABSTIME, TFD_TIMER_ABSTIME
constexpr int kThreadError = 2;  // thrd_error of C11

// timer_settime(2) and timerfd_settime(2). Of which clock the timer is is not known here, and is
// judged by the time; one that is all zero stops it.
Itimerspec real_timer(int flags, const Itimerspec& wanted) {
  Itimerspec real = wanted;
  const bool stops = wanted.value.tv_sec == 0 && wanted.value.tv_nsec == 0;
  if ((flags & kAbsolute) != 0 && !stops) real.value = *Until(&wanted.value).real();
  return real;
}

}  // namespace

// --- Condition variables ---

DEVBOX_REPLACES int pthread_cond_timedwait(void* condition, void* mutex, Time time) {
  static Next<int, void*, void*, Time> function{"pthread_cond_timedwait"};
  return function.call(ENOSYS, condition, mutex, Until(time).real());
}
DEVBOX_REPLACES int pthread_cond_clockwait(void* condition, void* mutex, int clock, Time time) {
  static Next<int, void*, void*, int, Time> function{"pthread_cond_clockwait"};
  return function.call(ENOSYS, condition, mutex, clock, Until(time, clock).real());
}
DEVBOX_REPLACES int cnd_timedwait(void* condition, void* mutex, Time time) {
  static Next<int, void*, void*, Time> function{"cnd_timedwait"};
  return function.call(kThreadError, condition, mutex, Until(time).real());
}

// --- Locks ---

DEVBOX_REPLACES int pthread_mutex_timedlock(void* mutex, Time time) {
  static Next<int, void*, Time> function{"pthread_mutex_timedlock"};
  return function.call(ENOSYS, mutex, Until(time).real());
}
DEVBOX_REPLACES int pthread_mutex_clocklock(void* mutex, int clock, Time time) {
  static Next<int, void*, int, Time> function{"pthread_mutex_clocklock"};
  return function.call(ENOSYS, mutex, clock, Until(time, clock).real());
}
DEVBOX_REPLACES int mtx_timedlock(void* mutex, Time time) {
  static Next<int, void*, Time> function{"mtx_timedlock"};
  return function.call(kThreadError, mutex, Until(time).real());
}
DEVBOX_REPLACES int pthread_rwlock_timedrdlock(void* lock, Time time) {
  static Next<int, void*, Time> function{"pthread_rwlock_timedrdlock"};
  return function.call(ENOSYS, lock, Until(time).real());
}
DEVBOX_REPLACES int pthread_rwlock_timedwrlock(void* lock, Time time) {
  static Next<int, void*, Time> function{"pthread_rwlock_timedwrlock"};
  return function.call(ENOSYS, lock, Until(time).real());
}
DEVBOX_REPLACES int pthread_rwlock_clockrdlock(void* lock, int clock, Time time) {
  static Next<int, void*, int, Time> function{"pthread_rwlock_clockrdlock"};
  return function.call(ENOSYS, lock, clock, Until(time, clock).real());
}
DEVBOX_REPLACES int pthread_rwlock_clockwrlock(void* lock, int clock, Time time) {
  static Next<int, void*, int, Time> function{"pthread_rwlock_clockwrlock"};
  return function.call(ENOSYS, lock, clock, Until(time, clock).real());
}

// --- Semaphores, message queues, threads: the first two say why by errno ---

DEVBOX_REPLACES int sem_timedwait(void* semaphore, Time time) {
  static Next<int, void*, Time> function{"sem_timedwait"};
  return function.call(-1, semaphore, Until(time).real());
}
DEVBOX_REPLACES int sem_clockwait(void* semaphore, int clock, Time time) {
  static Next<int, void*, int, Time> function{"sem_clockwait"};
  return function.call(-1, semaphore, clock, Until(time, clock).real());
}
DEVBOX_REPLACES int mq_timedsend(int queue, const char* text, size_t bytes, unsigned priority,
                                 Time time) {
  static Next<int, int, const char*, size_t, unsigned, Time> function{"mq_timedsend"};
  return function.call(-1, queue, text, bytes, priority, Until(time).real());
}
DEVBOX_REPLACES long mq_timedreceive(int queue, char* text, size_t bytes, unsigned* priority,
                                     Time time) {
  static Next<long, int, char*, size_t, unsigned*, Time> function{"mq_timedreceive"};
  return function.call(-1, queue, text, bytes, priority, Until(time).real());
}
DEVBOX_REPLACES int pthread_timedjoin_np(unsigned long thread, void** value, Time time) {
  static Next<int, unsigned long, void**, Time> function{"pthread_timedjoin_np"};
  return function.call(ENOSYS, thread, value, Until(time).real());
}
DEVBOX_REPLACES int pthread_clockjoin_np(unsigned long thread, void** value, int clock, Time time) {
  static Next<int, unsigned long, void**, int, Time> function{"pthread_clockjoin_np"};
  return function.call(ENOSYS, thread, value, clock, Until(time, clock).real());
}

// --- Sleep and timers ---

DEVBOX_REPLACES int clock_nanosleep(int clock, int flags, Time time, timespec* rest) {
  static Next<int, int, int, Time, timespec*> function{"clock_nanosleep"};
  if ((flags & kAbsolute) == 0) return function.call(ENOSYS, clock, flags, time, rest);
  return function.call(ENOSYS, clock, flags, Until(time, clock).real(), rest);
}
DEVBOX_REPLACES int timer_settime(void* timer, int flags, const Itimerspec* wanted,
                                  Itimerspec* old) {
  static Next<int, void*, int, const Itimerspec*, Itimerspec*> function{"timer_settime"};
  if (wanted == nullptr) return function.call(-1, timer, flags, wanted, old);
  const Itimerspec real = real_timer(flags, *wanted);
  return function.call(-1, timer, flags, &real, old);
}
DEVBOX_REPLACES int timerfd_settime(int fd, int flags, const Itimerspec* wanted, Itimerspec* old) {
  if (wanted == nullptr) return outcome(raw(__NR_timerfd_settime, fd, flags, wanted, old));
  const Itimerspec real = real_timer(flags, *wanted);
  return outcome(raw(__NR_timerfd_settime, fd, flags, &real, old));
}

}  // namespace devbox::surroundings
