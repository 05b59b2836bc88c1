#include "profile/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "profile/checks.hpp"
#include "profile/report.hpp"
#include "profile/size.hpp"
#include "util/cpu_list.hpp"
#include "util/text.hpp"

namespace devbox::profile {

namespace {

std::uint64_t rlimit_value(std::string_view text) {
  return text == "unlimited" ? kUnlimited : parse_size(text).bytes;
}

template <class T>
void replace(std::optional<T>& value, const std::optional<T>& by) {
  if (by) value = by;
}

// Each of `over` in the place of the one that has the same `key`, or behind them.
template <class T>
void replace_each(std::vector<T>& values, const std::vector<T>& over, std::string T::*key) {
  for (const T& one : over) {
    const auto same = std::find_if(values.begin(), values.end(),
                                   [&](const T& value) { return value.*key == one.*key; });
    if (same == values.end()) {
      values.push_back(one);
    } else {
      *same = one;
    }
  }
}

}  // namespace

Limits overridden(Limits base, const Limits& over) {
  replace(base.memory, over.memory);
  replace(base.memory_high, over.memory_high);
  replace(base.swap, over.swap);
  replace(base.cpus, over.cpus);
  replace(base.cpu_weight, over.cpu_weight);
  replace(base.io_weight, over.io_weight);
  if (!over.cpuset.empty()) base.cpuset = over.cpuset;
  replace(base.pids, over.pids);
  replace_each(base.io, over.io, &IoLimit::path);
  replace(base.oom_group, over.oom_group);
  replace(base.delegated, over.delegated);
  replace(base.required, over.required);
  replace(base.nice, over.nice);
  replace(base.oom_score_adj, over.oom_score_adj);
  replace_each(base.rlimits, over.rlimits, &Rlimit::name);
  std::sort(base.rlimits.begin(), base.rlimits.end(),
            [](const Rlimit& one, const Rlimit& other) { return one.name < other.name; });
  return base;
}

std::string check_rlimit_name(std::string_view value) {
  // getrlimit(2), "DESCRIPTION", in lower case without RLIMIT_.
  static const std::vector<std::string> kKnown = {
      "as",   "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue",
      "nice", "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};
  if (std::find(kKnown.begin(), kKnown.end(), value) != kKnown.end()) return {};
  return fmt::format(" is not a resource limit of getrlimit(2){}",
                     did_you_mean(nearest(value, kKnown)));
}

std::string check_rlimit(std::string_view value) {
  const std::vector<std::string> parts = split(value, ':');
  const auto good = [](const std::string& part) {
    return part == "unlimited" || check_size(part).empty();
  };
  if (parts.size() > 2 || !std::all_of(parts.begin(), parts.end(), good))
    return fmt::format(" must be \"soft:hard\" or one value for both, not {}", quoted(value));
  if (rlimit_value(parts.front()) > rlimit_value(parts.back()))
    return fmt::format(": the soft limit must not be above the hard one, as in {}", quoted(value));
  return {};
}

Rlimit parse_rlimit(std::string_view name, std::string_view value) {
  const std::vector<std::string> parts = split(value, ':');
  return {std::string(name), rlimit_value(parts.front()), rlimit_value(parts.back()), {}};
}

std::string check_cpuset(std::string_view value) {
  for (const std::string& text : split(value, ',')) {
    const std::optional<CpuRange> range = parse_cpu_range(text);
    if (!range) return fmt::format(" must be a list such as \"0-3,5\", not {}", quoted(value));
    if (range->first > range->last)
      return fmt::format(": the range {} is the wrong way round", quoted(text));
    if (range->last >= kCpus)
      return fmt::format(" must name processors below {}, not {}", kCpus, range->last);
  }
  return {};
}

}  // namespace devbox::profile
