#include "host/capture.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <csignal>

#include "host_temporary.hpp"

namespace devbox::host {
namespace {

TEST_CASE("the output of a program is captured, and its standard error is not") {
  const auto said = capture({"sh", "-c", "echo out; echo err >&2"});
  REQUIRE(said);
  CHECK(said->succeeded);
  CHECK(said->output == "out\n");
}

TEST_CASE("a program that is not in PATH is told from one that fails") {
  CHECK_FALSE(capture({"devbox-no-such-program"}));
  const auto said = capture({"sh", "-c", "echo half; exit 3"});
  REQUIRE(said);
  CHECK_FALSE(said->succeeded);
  CHECK(said->output == "half\n");
}

TEST_CASE("an argument is not taken apart by a shell") {
  CHECK(capture({"printf", "%s", "$(id); a b"})->output == "$(id); a b");
}

TEST_CASE("the program reads nothing of ours") { CHECK(capture({"cat"})->output.empty()); }

TEST_CASE("output without end is given up, and nothing is left behind") {
  const auto said = capture({"yes"});
  REQUIRE(said);
  CHECK_FALSE(said->succeeded);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("a caller says how much it takes, and more is given up") {
  const std::vector<std::string> argv = {"head", "-c", "3000000", "/dev/zero"};
  CHECK_FALSE(capture(argv)->succeeded);
  const auto said = capture(argv, 4000000);
  CHECK(said->succeeded);
  CHECK(said->output.size() == 3000000);
}

TEST_CASE("a caller that ignores SIGCHLD gets the output too") {
  const auto old = std::signal(SIGCHLD, SIG_IGN);
  const auto said = capture({"echo", "hello"});
  std::signal(SIGCHLD, old);
  REQUIRE(said);
  CHECK(said->succeeded);
  CHECK(said->output == "hello\n");
}

TEST_CASE("a caller whose standard streams are closed gets the output too") {
  std::string output;
  Fd saved[3];
  for (int fd = 0; fd < 3; ++fd) saved[fd] = Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 10));
  for (int fd = 0; fd < 3; ++fd) ::close(fd);
  if (const auto said = capture({"sh", "-c", "echo out; echo err >&2"})) output = said->output;
  for (int fd = 0; fd < 3; ++fd) {
    if (saved[fd]) ::dup2(saved[fd].get(), fd);
  }
  CHECK(output == "out\n");
}

}  // namespace
}  // namespace devbox::host
