#include "running.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "failure.hpp"

namespace devbox::bench {
namespace {

constexpr double kMostMs = 120'000;

// The number after "Name:" in a file of /proc.
long field(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
  }
  throw Failure(fmt::format("{} says nothing of {}", path, name));
}

// They and everything that descends from them.
std::set<pid_t> with_descendants(const std::vector<pid_t>& pids,
                                 const std::vector<ProcessEntry>& all) {
  std::set<pid_t> found(pids.begin(), pids.end());
  for (std::size_t before = 0; before != found.size();) {
    before = found.size();
    for (const ProcessEntry& entry : all) {
      if (found.contains(entry.parent)) found.insert(entry.pid);
    }
  }
  return found;
}

}  // namespace

RunningBoxes::RunningBoxes(const Bench& bench, Who who, int count)
    : family_(bench.family), who_(who), count_(count) {
  const std::string path = bench.contestants.workspace() + "/up";
  ::unlink(path.c_str());
  if (::mkfifo(path.c_str(), 0600) < 0) throw Failure("cannot make the FIFO " + path);
  // For reading and writing, so that it neither waits for a writer nor sees the end of one.
  const Fd fifo(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fifo) throw Failure("cannot open the FIFO " + path);
  const Contestants& contestants = bench.contestants;
  const Command command = contestants.line(who, contestants.tree(), {contestants.guest(), path});
  const double begun = now();
  for (int i = 0; i < count; ++i) {
    throw_if_interrupted();
    launchers_.push_back(family_.start(command));
  }
  wait_until_up(fifo.get(), begun + kMostMs);
  up_ms_ = now() - begun;
}

void RunningBoxes::wait_until_up(int fifo, double until) const {
  int up = 0;
  while (up < count_) {
    throw_if_interrupted();
    if (now() > until)
      family_.fail(fmt::format("{}: {} of {} boxes came up", name_of(who_), up, count_));
    struct pollfd ready {
      fifo, POLLIN, 0
    };
    if (::poll(&ready, 1, 100) <= 0) continue;
    char bytes[256];
    up += static_cast<int>(std::max<ssize_t>(::read(fifo, bytes, sizeof bytes), 0));
  }
}

long RunningBoxes::pss_kib() const {
  const std::vector<ProcessEntry> all = processes();
  const std::set<pid_t> ours = with_descendants(launchers_, all);
  long sum = 0;
  for (const ProcessEntry& entry : all) {
    if (!ours.contains(entry.pid) || entry.name == "guest") continue;
    sum += field(fmt::format("/proc/{}/smaps_rollup", entry.pid), "Pss");
  }
  return sum;
}

double RunningBoxes::end_ms() {
  constexpr double kMost = 30'000;
  const double begun = now();
  for (const pid_t pid : launchers_) ::kill(pid, SIGKILL);
  launchers_.clear();
  const int left = family_.wait_for_all(kMost);
  if (left != 0) {
    family_.fail(
        fmt::format("{}: {} processes are left when all launchers are dead", name_of(who_), left));
  }
  return now() - begun;
}

}  // namespace devbox::bench
