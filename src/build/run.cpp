#include "build/run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>

#include "build/child.hpp"
#include "host/cannot.hpp"
#include "host/process.hpp"
#include "util/cpu_list.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace devbox::build {
namespace {

constexpr int kBeatMs = 100;

// What the process has and the box inherits of it (execve(2), "Effect on process attributes").
void surround(const plan::Surroundings& surroundings) {
  ::umask(surroundings.umask);
  if (!surroundings.random_addresses && ::personality(ADDR_NO_RANDOMIZE) < 0)
    throw host::cannot("hold still", "the addresses of the build", errno);
  if (surroundings.cpus.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const unsigned cpu : parse_cpu_list(surroundings.cpus, CPU_SETSIZE - 1)) CPU_SET(cpu, &set);
  if (::sched_setaffinity(0, sizeof set, &set) < 0)
    throw host::cannot("use", "the processors " + surroundings.cpus, errno);
}

// In the new process: becomes the waiter of the box, or says over `failed`, which exec closes, why
// it does not.
[[noreturn]] void become_box(const plan::Plan& plan, const launch::Runtime& runtime,
                             const plan::Surroundings& surroundings, pid_t parent, int output,
                             int failed) noexcept {
  try {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(125);
    ::setsid();
    const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (::dup2(nothing.get(), STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 ||
        ::dup2(output, STDERR_FILENO) < 0)
      throw host::cannot("open", "/dev/null", errno);
    surround(surroundings);
    launch::launch(plan, runtime);
  } catch (...) {
    const std::string said = told(std::current_exception());
    [[maybe_unused]] const ssize_t written = ::write(failed, said.data(), said.size());
  }
  ::_exit(125);
}

// Gives what comes to `use`; false at the end of it.
bool take(int fd, const std::function<void(std::string_view)>& use) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (got < 0) throw host::cannot("read", "what the build says", errno);
  if (got > 0) use({buffer.data(), static_cast<std::size_t>(got)});
  return got > 0;
}

// Until both ends are closed: that of `failed` when the box has started.
std::string follow(Fd output, Fd failed, const std::function<void(std::string_view)>& use) {
  std::string said;
  while (output || failed) {
    std::array<pollfd, 2> ready = {pollfd{output.get(), POLLIN, 0},
                                   pollfd{failed.get(), POLLIN, 0}};
    const int polled = ::poll(ready.data(), ready.size(), kBeatMs);
    if (polled < 0 && errno != EINTR) throw host::cannot("wait for", "the build", errno);
    if (polled == 0) use({});
    if (polled <= 0) continue;
    if (ready[0].revents != 0 && !take(output.get(), use)) output.reset();
    if (ready[1].revents != 0 && !take(failed.get(), [&](std::string_view more) { said += more; }))
      failed.reset();
  }
  return said;
}

}  // namespace

Ran run(const plan::Plan& plan, const launch::Runtime& runtime,
        const plan::Surroundings& surroundings,
        const std::function<void(std::string_view)>& output) {
  host::Pipe says = host::make_pipe();
  host::Pipe fails = host::make_pipe();
  const host::KeepStatus keep_status;
  const auto begun = std::chrono::steady_clock::now();
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw host::cannot("start", "a process for the build", errno);
  if (pid == 0)
    become_box(plan, runtime, surroundings, parent, says.write.get(), fails.write.get());
  host::Child child(pid);
  says.write.reset();
  fails.write.reset();
  throw_told(follow(std::move(says.read), std::move(fails.read), output));
  const int status = child.wait();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  return {status, took.count()};
}

}  // namespace devbox::build
