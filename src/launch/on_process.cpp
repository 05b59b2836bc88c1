#include "launch/on_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "host/cannot.hpp"
#include "util/fd.hpp"

namespace devbox::launch {
namespace {

bool set_affinity(pid_t pid, const std::vector<unsigned>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const unsigned cpu : cpus) CPU_SET(cpu, &set);
  return ::sched_setaffinity(pid, sizeof set, &set) == 0;
}

bool set_oom_score(pid_t pid, int score) {
  const std::string path = fmt::format("/proc/{}/oom_score_adj", pid);
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  const std::string text = std::to_string(score);
  return file && ::write(file.get(), text.data(), text.size()) > 0;
}

}  // namespace

OnProcess on_process(const plan::Limits& limits) {
  return {limits.affinity, limits.nice, limits.oom_score_adj};
}

std::vector<plan::Unmet> set_on(pid_t pid, const OnProcess& limits) {
  std::vector<plan::Unmet> unmet;
  if (!limits.affinity.empty() && !set_affinity(pid, limits.affinity))
    unmet.push_back({{"limits.cpuset"}, host::errno_text(errno), {}});
  if (limits.nice && ::setpriority(PRIO_PROCESS, static_cast<id_t>(pid), *limits.nice) < 0) {
    unmet.push_back({{"limits.nice"},
                     fmt::format("{} is less than you may have", *limits.nice),
                     "`ulimit -e` shows how far you may go, limits.conf(5) raises it"});
  }
  if (limits.oom_score_adj && !set_oom_score(pid, *limits.oom_score_adj)) {
    unmet.push_back({{"limits.oom_score_adj"},
                     fmt::format("only an administrator may go down to {}", *limits.oom_score_adj),
                     "`OOMScoreAdjust=` of systemd.exec(5) for user@.service lowers it"});
  }
  return unmet;
}

}  // namespace devbox::launch
