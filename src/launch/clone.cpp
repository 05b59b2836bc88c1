#include "launch/clone.hpp"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "launch/child.hpp"

namespace devbox::launch {
namespace {

// The child has a copy of this stack, and returns to nobody.
pid_t clone_into(Program& program, int flags, int group) {
  struct clone_args arguments {};
  arguments.flags =
      (static_cast<std::uint64_t>(flags) & ~std::uint64_t{CLONE_VM}) | CLONE_INTO_CGROUP;
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = static_cast<decltype(arguments.cgroup)>(group);
  const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid == 0) ::_exit(child_main(&program));
  return static_cast<pid_t>(pid);
}

}  // namespace

Cloned clone_box(Program& program, int flags, int group) {
  static std::array<char, 64 * 1024> stack;
  const pid_t inside = group >= 0 ? clone_into(program, flags, group) : -1;
  if (inside > 0) return {inside, true};
  return {::clone(child_main, stack.data() + stack.size(), flags | SIGCHLD, &program), false};
}

}  // namespace devbox::launch
