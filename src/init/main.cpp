// devbox-init: pid 1 of a box, the waiter outside, and the relay of `run --lsp`. One program of a
// few KiB without libc, because a box costs what these two processes cost for as long as it runs.

#include "init/small.hpp"

// The kernel leaves argc, argv and envp on the stack (x86-64 psABI, "Initial Stack and Register
// State").
#if defined(__x86_64__)
__asm__(
    ".text\n.global _start\n.type _start,@function\n_start:\n"
    "  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call devbox_init_main\n  hlt\n");
#elif defined(__aarch64__)
__asm__(
    ".text\n.global _start\n.type _start,%function\n_start:\n"
    "  mov x29, #0\n  mov x30, #0\n  mov x0, sp\n  and sp, x0, #-16\n  bl devbox_init_main\n");
#endif

// The compiler may turn a loop into a call of these; there is no libc to have them.
extern "C" {
void* memcpy(void* to, const void* from, size_t bytes) {
  char* t = static_cast<char*>(to);
  const char* f = static_cast<const char*>(from);
  for (size_t i = 0; i < bytes; ++i) {
    t[i] = f[i];
    __asm__ volatile("" ::: "memory");  // or this loop becomes a call of itself
  }
  return to;
}
void* memset(void* to, int value, size_t bytes) {
  char* t = static_cast<char*>(to);
  for (size_t i = 0; i < bytes; ++i) {
    t[i] = static_cast<char>(value);
    __asm__ volatile("" ::: "memory");
  }
  return to;
}

[[noreturn]] void devbox_init_main(long* stack) {
  using namespace devbox::init;
  const Arguments arguments{static_cast<int>(stack[0]), reinterpret_cast<char**>(stack + 1),
                            reinterpret_cast<char**>(stack + 2 + stack[0])};
  const char role = arguments.argc > kRole ? arguments.argv[kRole][0] : '\0';
  const bool runs = role == kBoxRole[0] || role == kJoinRole[0];
  if (runs && arguments.argc > kBoxArgv0) run_box(arguments);
  if (role == kWaitRole[0] && arguments.argc >= kWaitCount) run_wait(arguments);
  if (role == kRelayRole[0] && arguments.argc == kRelayCount) run_relay(arguments);
  static const char kText[] = "devbox-init is started by devbox alone\n";
  raw(__NR_write, 2, kText, sizeof kText - 1);
  leave(125);
}
}
