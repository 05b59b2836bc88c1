// A process that is root where it does no harm: in namespaces of its own it runs a program that
// makes a root filesystem.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "host/id_maps.hpp"

namespace devbox::image {

struct Build {
  std::vector<std::string> argv;  // argv[0] a path
  std::vector<std::string> env;
  std::string exchange;  // a directory, seen at kExchange: what goes in and comes out
  std::string scratch;   // a directory to be /tmp; empty: a tmpfs of `scratch_bytes`
  std::uint64_t scratch_bytes = 0;
  std::string home;   // covered
  host::IdMaps maps;  // empty: this user alone, as root, and the calls that need more pretend
  std::string user;
};

inline constexpr const char* kExchange = "/tmp/exchange";
inline constexpr int kNotStarted = 125;

// Starts it, with `output` and `errors` (borrowed) as its standard output and error. In user,
// mount, pid, IPC and UTS namespaces of its own; all of it ends with the process that is returned,
// and that with this one. What cannot be set up is said on `errors`, and it ends with kNotStarted.
// Throws Error where no process can be made.
pid_t start_build(const Build& build, int output, int errors);

}  // namespace devbox::image
