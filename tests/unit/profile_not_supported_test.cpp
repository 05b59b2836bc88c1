// What the format has and this version does not carry out is refused, never ignored.
#include <doctest/doctest.h>

#include <string>

#include "profile_testing.hpp"

namespace devbox::profile {
namespace {

using testing::mistakes_of;

TEST_CASE("every key and value that is not supported yet is refused by name") {
  struct Row {
    std::string toml, message;
  };
  const Row rows[] = {
      {"[[image.setup]]\nrun = 'x'", "1:9: `image.setup`: not supported yet"},
      {"mounts.'/x'.type = 'volume'",
       "1:20: `mounts.\"/x\".type`: \"volume\" is not supported yet"},
      {"network.mode = 'private'", "1:16: `network.mode`: \"private\" is not supported yet"},
      {"network.mode = 'backend'",
       "1:16: `network.mode` must be \"host\" or \"none\", not \"backend\"; named networks are not "
       "supported yet"},
      {"network.publish = ['80:80']", "1:9: `network.publish`: not supported yet"},
      {"security.seccomp = './filter.bpf'",
       "1:20: `security.seccomp`: a filter from a file is not supported yet"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.toml);
    CHECK(mistakes_of(row.toml) == "devbox.toml:" + row.message);
  }
}

TEST_CASE("a key that asks for nothing is accepted") {
  const std::string accepted[] = {
      "image.packages = []",
      "image.setup = []",
      "image.root = 'read-only'",
      "network.publish = []",
      "limits = {}",
      "rlimits = {}",
      "tasks = {}",
      "integrations.ssh_agent = false",
      "integrations.devices = []",
  };
  for (const std::string& toml : accepted) {
    CAPTURE(toml);
    CHECK(mistakes_of(toml).empty());
  }
}

}  // namespace
}  // namespace devbox::profile
