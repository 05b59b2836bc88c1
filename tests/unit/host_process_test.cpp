#include "host/process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "host/helper.hpp"
#include "host_temporary.hpp"

namespace devbox::host {
namespace {

pid_t child_that_ends(int status) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) ::_exit(status);
  return pid;
}

bool is_there(pid_t pid) { return ::kill(pid, 0) == 0; }

// As some parents leave it to what they start.
class IgnoredChildren {
 public:
  IgnoredChildren() : before_(std::signal(SIGCHLD, SIG_IGN)) {}
  ~IgnoredChildren() { std::signal(SIGCHLD, before_); }
  IgnoredChildren(const IgnoredChildren&) = delete;
  IgnoredChildren& operator=(const IgnoredChildren&) = delete;

 private:
  void (*before_)(int);
};

TEST_CASE("a child that nobody waited for is gone with its owner, and one that was is let be") {
  pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    while (true) ::pause();
  }
  {
    const Child child(pid);
    CHECK(is_there(pid));
  }
  CHECK_FALSE(is_there(pid));  // not even as a zombie
  Child child(child_that_ends(7));
  CHECK(child.wait() == 7);
}

TEST_CASE("a pipe goes from its write end to its read end, and no program inherits it") {
  const Pipe pipe = make_pipe();
  REQUIRE(::write(pipe.write.get(), "x", 1) == 1);
  char byte = 0;
  CHECK(::read(pipe.read.get(), &byte, 1) == 1);
  CHECK(byte == 'x');
  CHECK(::fcntl(pipe.read.get(), F_GETFD) == FD_CLOEXEC);
  CHECK(::fcntl(pipe.write.get(), F_GETFD) == FD_CLOEXEC);
}

TEST_CASE("a pipe that is widened holds a mebibyte without a reader") {
  const Pipe other = make_pipe();  // as long as this user's others leave room (pipe(7))
  if (::fcntl(other.write.get(), F_SETPIPE_SZ, 1 << 20) < 0 && errno == EPERM) return;
  const Pipe pipe = make_pipe();
  widen(pipe);
  REQUIRE(::fcntl(pipe.write.get(), F_SETFL, O_WRONLY | O_NONBLOCK) == 0);
  const std::string bytes(std::size_t{1} << 20U, 'x');
  CHECK(::write(pipe.write.get(), bytes.data(), bytes.size()) ==
        static_cast<ssize_t>(bytes.size()));
}

TEST_CASE("a child's status is what it exited with, or 128 and the signal that ended it") {
  CHECK(wait_status(child_that_ends(0)) == 0);
  CHECK(wait_status(child_that_ends(7)) == 7);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::pause();
    ::_exit(0);
  }
  ::kill(pid, SIGKILL);
  CHECK(wait_status(pid) == 128 + SIGKILL);
}

TEST_CASE("a status that nobody knows is an error, not a success") {
  const IgnoredChildren ignored;
  CHECK(test::error_of([] { wait_status(child_that_ends(7)); }).message() ==
        "cannot wait for a process: No child processes");
}

TEST_CASE("where a parent had children ignored their status is kept all the same, for a while") {
  const IgnoredChildren ignored;
  {
    const KeepStatus keep_status;
    CHECK(wait_status(child_that_ends(7)) == 7);
  }
  const bool still_ignored = std::signal(SIGCHLD, SIG_IGN) == SIG_IGN;
  CHECK(still_ignored);
}

TEST_CASE("a helper's status is known to a process that ignores its children") {
  const IgnoredChildren ignored;
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(run_helper({"/bin/sh", "-c", "exit 7"}, null.get(), [](std::string_view) {}).status == 7);
}

}  // namespace
}  // namespace devbox::host
