#include "launch/line.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "host/failure.hpp"
#include "kernel/step.hpp"

namespace devbox::launch {

using init::Message;
using init::Say;
using kernel::Step;

Line::Line() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0)
    throw host::failure(Step::handshake, errno, "the box");
  ours_.reset(ends[0]);
  theirs_.reset(ends[1]);
}

Message Line::receive() const {
  Message message{};
  ssize_t n = 0;
  do {
    n = ::recv(ours_.get(), &message, sizeof message, 0);
    // ECONNRESET: the child is gone and has left a word of ours unread. What it said before is
    // there still, and comes next.
  } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
  if (n == static_cast<ssize_t>(sizeof message)) return message;
  return {Say::failed, ECANCELED, static_cast<int>(Step::handshake), -1};
}

void Line::tell(Say what, int value) const {
  const Message message{what, value, 0, 0};
  ::send(ours_.get(), &message, sizeof message, MSG_NOSIGNAL);
}

void Line::tell_no_more() const { ::shutdown(ours_.get(), SHUT_WR); }

}  // namespace devbox::launch
