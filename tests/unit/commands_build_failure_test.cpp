#include "commands/build_failure.hpp"

#include <doctest/doctest.h>

namespace devbox::commands {
namespace {

TEST_CASE("what programs say that miss a network is known, and what others say is not") {
  for (const char* line :
       {"curl: (6) Could not resolve host: example.org",
        "wget: unable to resolve host address 'example.org'",
        "fatal: unable to access: Could not resolve host",
        "dial tcp: lookup proxy.golang.org: no such host", "Temporary failure in name resolution",
        "connect: Network is unreachable"})
    CHECK_MESSAGE(misses_network({"before", line, "after"}), line);
  CHECK_FALSE(misses_network({"error: 'network' was not declared in this scope"}));
  CHECK_FALSE(misses_network({}));
}

}  // namespace
}  // namespace devbox::commands
