#include "host/rlimits.hpp"

#include <sys/resource.h>

namespace devbox::host {
namespace {

struct Row {
  const char* name;
  int number;
};
constexpr Row kRows[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
};

}  // namespace

int rlimit_number(const std::string& name) {
  for (const Row& row : kRows) {
    if (name == row.name) return row.number;
  }
  return -1;
}

std::map<std::string, std::uint64_t> hard_limits() {
  std::map<std::string, std::uint64_t> found;
  for (const Row& row : kRows) {
    struct rlimit limit {};
    if (::getrlimit(static_cast<__rlimit_resource_t>(row.number), &limit) == 0)
      found.emplace(row.name, limit.rlim_max);
  }
  return found;
}

}  // namespace devbox::host
