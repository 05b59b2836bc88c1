#include "scope/program/deadline.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>

#include "scope/protocol.hpp"

namespace devbox::scope {
namespace {

// Made before it is needed: a signal handler allocates nothing.
std::string& farewell() {
  static std::string line;
  return line;
}
const std::string* line_of_handler = nullptr;

void end(int) {
  write_out(*line_of_handler);
  ::_exit(static_cast<int>(Status::deadline));
}

void set_timer(int milliseconds) {
  itimerval timer{};
  timer.it_value.tv_sec = milliseconds / 1000;
  timer.it_value.tv_usec = milliseconds % 1000 * 1000;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

int silence = 0;  // milliseconds that are allowed
std::chrono::steady_clock::time_point begun;

}  // namespace

bool write_out(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void end_after(int milliseconds) {
  farewell() =
      "the user's systemd manager gave no answer within " + std::to_string(milliseconds) + " ms\n";
  line_of_handler = &farewell();
  struct sigaction action {};
  action.sa_handler = end;
  ::sigaction(SIGALRM, &action, nullptr);
  // Whoever started us may have it blocked.
  sigset_t alarm;
  ::sigemptyset(&alarm);
  ::sigaddset(&alarm, SIGALRM);
  ::sigprocmask(SIG_UNBLOCK, &alarm, nullptr);
  silence = milliseconds;
  begun = std::chrono::steady_clock::now();
  set_timer(milliseconds);
}

void heard_something() {
  using std::chrono::milliseconds;
  const auto spent =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun).count();
  const long left = static_cast<long>(silence) * kMostPatience - spent;
  if (left > 0) set_timer(static_cast<int>(std::min<long>(left, silence)));
}

void answer_is_there() { set_timer(0); }

}  // namespace devbox::scope
