// The relay: passes an editor's bytes on to a language server, from its standard input to its
// standard output, which is a pipe into the box, and ends the server when the editor is gone.

#include <asm/fcntl.h>
#include <asm/poll.h>
#include <asm/signal.h>

#include "init/small.hpp"

namespace devbox::init {
namespace {

constexpr int kFrom = 0;
constexpr int kTo = 1;
constexpr size_t kMost = size_t{1} << 20U;  // bytes at once
constexpr long kGrace = 5;                  // seconds for a server without input
constexpr long kTermGrace = 2;              // after SIGTERM

struct Relay {
  int waiter;
  int first;   // what is passed on before anything else; -1 once it is
  int editor;  // pidfds of whom the server must not survive; -1 where there is none
  int starter;
  bool full;    // the pipe is
  bool copies;  // what the standard input is cannot be spliced
  bool deaf;    // the server reads no more
};

// What is copied and does not fit yet.
struct Rest {
  char bytes[65536];
  size_t begin;
  size_t end;
};
Rest rest;

void pause_for(long seconds) noexcept {
  const long time[2] = {seconds, 0};
  raw(__NR_nanosleep, time, nullptr);
}

// Our parent, as long as it is the waiter; with it we die (prctl(2), PR_SET_PDEATHSIG).
void signal_waiter(const Relay& relay, int signal) noexcept {
  if (raw(__NR_getppid) == relay.waiter) raw(__NR_kill, relay.waiter, signal);
}

// A server ends by itself when its input does; one that does not is helped.
[[noreturn]] void end(const Relay& relay) noexcept {
  raw(__NR_close, kFrom);
  raw(__NR_close, kTo);
  pause_for(kGrace);
  signal_waiter(relay, SIGTERM);
  pause_for(kTermGrace);
  signal_waiter(relay, SIGKILL);
  leave(0);
}

// The server has closed its input: whoever writes to us learns it. It may live on.
void stop_listening(Relay& relay) noexcept {
  relay.deaf = true;
  raw(__NR_close, kFrom);
  raw(__NR_close, kTo);
}

// False at the end of the input.
bool copy(Relay& relay) noexcept {
  if (rest.begin == rest.end) {
    const long n = raw(__NR_read, kFrom, rest.bytes, sizeof rest.bytes);
    if (n == -EAGAIN) return true;
    if (n <= 0) return false;
    rest.begin = 0;
    rest.end = static_cast<size_t>(n);
  }
  const long n = raw(__NR_write, kTo, rest.bytes + rest.begin, rest.end - rest.begin);
  if (n > 0) rest.begin += static_cast<size_t>(n);
  if (n == -EPIPE) stop_listening(relay);
  relay.full = rest.begin != rest.end;
  return true;
}

// False at the end of `from`.
bool splice(Relay& relay, int from) noexcept {
  constexpr unsigned kFlags = 1 | 2;  // SPLICE_F_MOVE | SPLICE_F_NONBLOCK
  const long n = raw(__NR_splice, from, nullptr, kTo, nullptr, kMost, kFlags);
  relay.full = n == -EAGAIN;  // there was something to read
  if (n == -EPIPE) stop_listening(relay);
  if (n == -EINVAL) relay.copies = true;  // a terminal
  return n > 0 || n == -EAGAIN || n == -EPIPE || n == -EINVAL;
}

bool pass_on(Relay& relay) noexcept {
  if (relay.first >= 0) {
    if (splice(relay, relay.first)) return true;
    raw(__NR_close, relay.first);
    relay.first = -1;
    return true;
  }
  return relay.copies ? copy(relay) : splice(relay, kFrom);
}

}  // namespace

void run_relay(const Arguments& arguments) noexcept {
  Relay relay{};
  relay.waiter = number(arguments.argv[kRelayWaiter]);
  relay.first = number(arguments.argv[kRelayFirst]);
  relay.editor = number(arguments.argv[kRelayEditor]);
  relay.starter = number(arguments.argv[kRelayStarter]);
  for (;;) {
    const bool reads = !relay.full && !relay.deaf && relay.first < 0;
    const bool writes = !relay.deaf && (relay.full || relay.first >= 0);
    Pollfd fds[] = {{reads ? kFrom : -1, POLLIN, 0},
                    {relay.deaf ? -1 : kTo, static_cast<short>(writes ? POLLOUT : 0), 0},
                    {relay.editor, POLLIN, 0},
                    {relay.starter, POLLIN, 0}};
    raw(__NR_ppoll, fds, 4, nullptr, nullptr, 0);
    const bool is_alone = fds[2].revents != 0 || fds[3].revents != 0;
    if ((fds[1].revents & POLLERR) != 0) stop_listening(relay);
    const bool moves = !relay.deaf && (fds[0].revents != 0 || (fds[1].revents & POLLOUT) != 0);
    // What the editor said at last is passed on still.
    if (moves && pass_on(relay)) continue;
    if (moves || is_alone) end(relay);
  }
}

}  // namespace devbox::init
