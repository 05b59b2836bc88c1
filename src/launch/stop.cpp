#include "launch/stop.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "host/cannot.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace devbox::launch {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kUntilHungUp{500};   // for what ends when it is asked
constexpr milliseconds kUntilKilled{2000};  // for pid 1 to end what is left
constexpr milliseconds kUntilDead{5000};    // for the kernel

void send(int pidfd, int signal, const Record& box) {
  if (::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0 || errno == ESRCH) return;
  throw host::cannot("signal the box", box.id, errno);
}

bool ends_within(int pidfd, milliseconds time) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point until = Clock::now() + time;
  for (;;) {
    struct pollfd end {
      pidfd, POLLIN, 0
    };
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
    const int ready = ::poll(&end, 1, static_cast<int>(std::clamp<long>(left, 0, INT_MAX)));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) throw host::cannot("wait for", "the end of a box", errno);
  }
}

}  // namespace

void stop(const Record& box, milliseconds patience) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, box.pid, 0)));
  if (!pidfd && errno == ESRCH) return;
  if (!pidfd) throw host::cannot("find the box", box.id, errno);
  if (!is_alive(box)) return;  // its number is another's
  const milliseconds first = std::min(patience, kUntilHungUp);
  send(pidfd.get(), SIGTERM, box);
  if (ends_within(pidfd.get(), first)) return;
  send(pidfd.get(), SIGTERM, box);
  if (ends_within(pidfd.get(), patience - first)) return;
  send(pidfd.get(), SIGTERM, box);
  if (ends_within(pidfd.get(), kUntilKilled)) return;
  send(pidfd.get(), SIGKILL, box);
  if (!ends_within(pidfd.get(), kUntilDead))
    throw Error(fmt::format("the box {} does not die", printable(box.id)),
                "one of its processes waits for a device or a server that does not answer; `ps -eo "
                "pid,stat,wchan,args` shows it in state D");
}

}  // namespace devbox::launch
