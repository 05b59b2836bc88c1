// One system call, without libc: no errno, no cancellation, no allocation.
//
// The child of a start shares the launcher's memory until it execs (launch/child.cpp), errno
// included, and devbox-init has no libc at all: both go through here.
#pragma once

#include <asm/unistd.h>

namespace devbox::kernel {

namespace detail {
template <class T>
inline long word(T value) noexcept {
  if constexpr (requires { static_cast<long>(value); }) {
    return static_cast<long>(value);
  } else {
    return reinterpret_cast<long>(value);  // a pointer, as the kernel takes it
  }
}
inline long word(decltype(nullptr)) noexcept { return 0; }

// The registers are those of syscall(2), "Architecture calling conventions".
inline long call(long number, long a, long b, long c, long d, long e, long f) noexcept {
#if defined(__x86_64__)
  long result = 0;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
#else
#error "devbox knows the system call convention of x86-64 and aarch64"
#endif
}
}  // namespace detail

// The kernel's own result: negative errno where the call failed.
template <class A = long, class B = long, class C = long, class D = long, class E = long,
          class F = long>
inline long raw(long number, A a = 0, B b = 0, C c = 0, D d = 0, E e = 0, F f = 0) noexcept {
  using detail::word;
  return detail::call(number, word(a), word(b), word(c), word(d), word(e), word(f));
}

}  // namespace devbox::kernel
