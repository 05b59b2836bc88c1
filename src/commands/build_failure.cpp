#include "commands/build_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <string_view>

#include "build/sources.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

// What getaddrinfo(3) and connect(2) say, and the programs that have words of their own.
constexpr std::string_view kNoNetwork[] = {
    "Temporary failure in name resolution",
    "Name or service not known",
    "Network is unreachable",
    "Could not resolve",
    "Temporary failure resolving",
    "unable to resolve host",
    "getaddrinfo EAI_AGAIN",
    "no such host",
    "failed to lookup address",
    "dial tcp",
    "connection refused",
    "Connection refused",
};

constexpr std::size_t kMostForgotten = 5;

std::string forgotten_text(const BuildSite& site) {
  const std::vector<std::string> files = build::forgotten(
      site.project(), site.sources(), site.subject().profile.tasks, kMostForgotten);
  if (files.empty()) return "";
  std::string names;
  for (const std::string& file : files) names += (names.empty() ? "" : ", ") + printable(file);
  return fmt::format(
      "; git does not track {}, and so the build does not see it: `git add`, or "
      "`inputs` of the task",
      names);
}

}  // namespace

bool misses_network(const std::vector<std::string>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return std::any_of(std::begin(kNoNetwork), std::end(kNoNetwork), [&](std::string_view words) {
      return line.find(words) != std::string::npos;
    });
  });
}

Error task_failure(const build::TaskFailed& failed, const build::Log& log, const BuildSite& site,
                   bool said) {
  const std::deque<std::string> last = log.last_lines();
  std::string message = failed.message();
  if (!said && !last.empty()) {
    message += "; the last that it said:";
    for (const std::string& line : last) message += "\n  " + printable(line);
  }
  std::string hint = fmt::format("all of it is in {}", printable(log.path()));
  const profile::Task* task = profile::find_task(site.subject().profile.tasks, failed.task());
  if (task != nullptr && task->hermetic && misses_network({last.begin(), last.end()})) {
    hint +=
        "; a build has no network: what it fetches belongs into the image or, untracked, into "
        "`inputs`; `devbox run --task` has the network, as has a task with `hermetic = false`";
  }
  return Error(message, hint + forgotten_text(site));
}

}  // namespace devbox::commands
