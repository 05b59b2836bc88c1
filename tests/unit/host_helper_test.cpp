#include "host/helper.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <csignal>
#include <string>
#include <vector>

#include "host_temporary.hpp"

namespace devbox::host {
namespace {

struct Heard {
  Helped helped;
  std::vector<std::string> lines;
};

Heard shell(const std::string& script, int input) {
  Heard heard;
  heard.helped = run_helper({"/bin/sh", "-c", script}, input,
                            [&](std::string_view line) { heard.lines.emplace_back(line); });
  return heard;
}

Heard shell(const std::string& script) {
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return shell(script, null.get());
}

TEST_CASE("a helper has its input, and its output and its findings are told apart") {
  const test::TemporaryDirectory here;
  const Fd input(::open(here.file("in", "text\n").c_str(), O_RDONLY | O_CLOEXEC));
  const Heard heard = shell("cat; echo one >&3; printf 'two\\nhalf' >&3; exit 7", input.get());
  CHECK(heard.helped.status == 7);
  CHECK(heard.helped.output == "text\n");
  CHECK(heard.lines == std::vector<std::string>{"one", "two"});
}

TEST_CASE("a helper that a signal ends has 128 and its number") {
  CHECK(shell("kill -KILL $$").helped.status == 128 + SIGKILL);
}

TEST_CASE("a helper that is not there is named") {
  const Error error =
      test::error_of([] { run_helper({"/no/such/helper"}, 0, [](std::string_view) {}); });
  CHECK(error.message() == "cannot start /no/such/helper: No such file or directory");
}

TEST_CASE("of output without end a mebibyte is kept, and the helper comes to its end") {
  const Heard heard = shell("head -c 5000000 /dev/zero; echo end >&3");
  CHECK(heard.helped.output.size() == 1024 * 1024);
  CHECK(heard.lines == std::vector<std::string>{"end"});
}

TEST_CASE("a line of more than a mebibyte is left out, all of it") {
  const Heard heard =
      shell("{ echo before; head -c 3000000 /dev/zero | tr '\\0' x; printf 'x\\nafter\\n'; } >&3");
  REQUIRE(heard.lines.size() == 2);
  CHECK(heard.lines[0] == "before");
  CHECK(heard.lines[1] == "after");
}

TEST_CASE("a helper has none of our descriptors but its own") {
  const Fd plain(::fcntl(1, F_DUPFD, 50));  // as a careless parent leaves it open
  const Heard heard = shell("for fd in /proc/self/fd/*; do echo ${fd##*/}; done");
  CHECK_FALSE(test::contains(heard.helped.output, std::to_string(plain.get())));
}

TEST_CASE("a line's use that throws leaves no process behind") {
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK_THROWS_AS(run_helper({"/bin/sh", "-c", "echo x >&3; exec sleep 100"}, null.get(),
                             [](std::string_view) { throw Error("no"); }),
                  Error);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

}  // namespace
}  // namespace devbox::host
