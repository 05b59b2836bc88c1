// What one side says before it goes is heard, whatever it has not heard itself.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include "init/small.hpp"
#include "util/fd.hpp"

namespace devbox::init {
namespace {

struct Pair {
  Pair() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    ours = Fd(ends[0]);
    theirs = Fd(ends[1]);
  }
  Fd ours, theirs;
};

}  // namespace

TEST_CASE("the last word of who is gone is heard, where a word to it was never read") {
  Pair pair;
  send(pair.theirs.get(), {Say::exited, 7, 0, 0});
  send(pair.ours.get(), {Say::owned, 0, 0, 0});
  pair.theirs.reset();  // the kernel answers the next receive with ECONNRESET first
  Message heard{};
  REQUIRE(receive(pair.ours.get(), heard));
  CHECK(heard.say == Say::exited);
  CHECK(heard.value == 7);
  CHECK_FALSE(receive(pair.ours.get(), heard));
}

}  // namespace devbox::init
