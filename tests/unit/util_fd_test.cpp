#include "util/fd.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <type_traits>

namespace devbox {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
int some_fd() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

static_assert(!std::is_copy_constructible_v<Fd> && !std::is_copy_assignable_v<Fd>);
static_assert(std::is_nothrow_move_constructible_v<Fd> && std::is_nothrow_move_assignable_v<Fd>);

TEST_CASE("a descriptor is closed with its owner, and not before") {
  const int fd = some_fd();
  {
    const Fd owner(fd);
    CHECK(is_open(fd));
    CHECK(owner.get() == fd);
  }
  CHECK_FALSE(is_open(fd));
}

TEST_CASE("a move leaves one owner") {
  Fd first(some_fd());
  const int fd = first.get();
  Fd second(std::move(first));
  CHECK(first.get() == -1);  // NOLINT(bugprone-use-after-move): that is what is tested
  CHECK_FALSE(first);
  CHECK(second.get() == fd);
  CHECK(is_open(fd));
}

TEST_CASE("assigning closes what was owned, and assigning to itself closes nothing") {
  Fd owner(some_fd());
  const int old = owner.get();
  Fd other(some_fd());
  const int fd = other.get();
  owner = std::move(other);
  CHECK_FALSE(is_open(old));
  CHECK(owner.get() == fd);
  Fd& same = owner;
  owner = std::move(same);
  CHECK(owner.get() == fd);
  CHECK(is_open(fd));
}

TEST_CASE("what is released is not closed") {
  int fd = -1;
  {
    Fd owner(some_fd());
    fd = owner.release();
    CHECK(owner.get() == -1);
  }
  CHECK(is_open(fd));
  ::close(fd);
}

TEST_CASE("closing leaves errno as it was") {
  errno = ENOSPC;
  { const Fd owner(some_fd()); }
  { const Fd nothing(-1); }
  Fd wrong(987654);  // EBADF
  wrong.reset();
  CHECK(errno == ENOSPC);
}

}  // namespace
}  // namespace devbox
