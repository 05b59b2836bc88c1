#include "cli/limit_options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "profile/checks.hpp"
#include "profile/size.hpp"
#include "util/cpu_list.hpp"
#include "util/text.hpp"

namespace devbox::cli {
namespace {

using TextCheck = std::string (*)(std::string_view);
using NumberCheck = std::string (*)(double);

// `found` is what a check of the profile's answers; the option stands where the key would.
void require_good(const std::string& option, const std::string& found) {
  if (!found.empty()) wrong(option + found);
}

std::optional<std::uint64_t> size(const char* option, const std::string& word, TextCheck check) {
  if (word.empty()) return std::nullopt;
  require_good(option, check(word));
  return profile::parse_size(word).bytes;
}

std::optional<double> number(const char* option, const std::string& word, NumberCheck check) {
  if (word.empty()) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  if (*end != '\0') wrong(fmt::format("{} must be a number, not \"{}\"", option, printable(word)));
  require_good(option, check(value));
  return value;
}

template <class T>
std::optional<T> integer(const char* option, const std::string& word, NumberCheck check) {
  if (word.empty()) return std::nullopt;
  T value{};
  const char* end = word.data() + word.size();
  const auto [stop, err] = std::from_chars(word.data(), end, value);
  if (err != std::errc() || stop != end) {
    // A number that does not fit T is told as what it is.
    const std::optional<double> other = number(option, word, check);
    wrong(fmt::format("{} must be an integer, not {}", option, other.value_or(0)));
  }
  require_good(option, check(static_cast<double>(value)));
  return value;
}

std::optional<std::uint64_t> operations(const std::string& word) {
  if (word == profile::kNoLimit) return profile::kUnlimited;
  return integer<std::uint64_t>("--io", word, profile::check_operations);
}

std::uint64_t rate(const std::string& word) {
  if (word == profile::kNoLimit) return profile::kUnlimited;
  require_good("--io: a rate", profile::check_rate(word));
  return profile::parse_rate(word).bytes;
}

// "PATH:read=2MiB/s,write_ops=100"; the path may have colons.
profile::IoLimit parse_io(const std::string& text) {
  constexpr const char* kForm = "--io PATH:read=RATE,write=RATE,read_ops=NUMBER,write_ops=NUMBER";
  const std::size_t colon = text.rfind(':');
  if (colon == 0 || colon == std::string::npos)
    wrong(fmt::format("--io {}: no path and what is limited there", printable(text)), kForm);
  profile::IoLimit limit;
  limit.path = text.substr(0, colon);
  for (const std::string& part : split(text.substr(colon + 1), ',')) {
    const std::size_t equals = part.find('=');
    const std::string key = part.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    if (key == "read") {
      limit.read = rate(value);
    } else if (key == "write") {
      limit.write = rate(value);
    } else if (key == "read_ops" && !value.empty()) {
      limit.read_ops = operations(value);
    } else if (key == "write_ops" && !value.empty()) {
      limit.write_ops = operations(value);
    } else {
      wrong(fmt::format("--io {}: `{}` limits nothing", printable(text), printable(part)), kForm);
    }
  }
  return limit;
}

profile::Rlimit parse_rlimit(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos)
    wrong(
        fmt::format("--rlimit {}: not of the form NAME=SOFT:HARD or NAME=VALUE", printable(text)));
  const std::string name = text.substr(0, equals);
  const std::string value = text.substr(equals + 1);
  const std::string subject = fmt::format("--rlimit {}", printable(name));
  require_good(subject, profile::check_rlimit_name(name));
  require_good(subject, profile::check_rlimit(value));
  return profile::parse_rlimit(name, value);
}

}  // namespace

void add_changeable_limits(const Parser& parser, LimitWords& words) {
  add_word(parser, "--memory", words.memory, "The most memory: 2GiB");
  add_word(parser, "--memory-high", words.memory_high, "The memory above which it is slowed down");
  add_word(parser, "--swap", words.swap, "The most swap: 0");
  add_word(parser, "--cpus", words.cpus, "The time of how many processors: 1.5");
  add_word(parser, "--cpu-weight", words.cpu_weight, "The share of busy processors: 1 to 10000");
  add_word(parser, "--cpuset", words.cpuset, "The processors that it runs on: 0-3,8");
  add_word(parser, "--pids", words.pids, "The most processes and threads");
  add_list(parser, "--io", words.io,
           "How much of a device: PATH:read=20MiB/s,write=RATE,read_ops=N,write_ops=N");
  add_word(parser, "--io-weight", words.io_weight, "The share of busy disks: 1 to 10000");
}

void add_limit_options(const Parser& parser, LimitWords& words) {
  add_changeable_limits(parser, words);
  add_flag(parser, "--oom-group", words.oom_group,
           "Where memory is out, end all of the box and not one process");
  add_list(parser, "--rlimit", words.rlimits, "A limit of each process: nofile=1024:4096");
  add_word(parser, "--nice", words.nice, "How little it presses: -20 to 19");
  add_word(parser, "--oom-score-adj", words.oom_score_adj,
           "How soon the kernel ends it: -1000 to 1000");
  add_word(parser, "--cgroup", words.cgroup, "Its own cgroup, inside: read-only or delegated",
           {"read-only", "delegated"});
  add_flag(parser, "--limits-required", words.required,
           "Refuse a start that cannot have all its limits");
}

profile::Limits parse_limits(const LimitWords& words) {
  profile::Limits limits;
  limits.memory = size("--memory", words.memory, profile::check_size_above_zero);
  limits.memory_high = size("--memory-high", words.memory_high, profile::check_size_above_zero);
  limits.swap = size("--swap", words.swap, profile::check_size);
  limits.cpus = number("--cpus", words.cpus, profile::check_cpus);
  limits.cpu_weight = integer<unsigned>("--cpu-weight", words.cpu_weight, profile::check_weight);
  limits.io_weight = integer<unsigned>("--io-weight", words.io_weight, profile::check_weight);
  limits.pids = integer<std::uint64_t>("--pids", words.pids, profile::check_pids);
  limits.nice = integer<int>("--nice", words.nice, profile::check_nice);
  limits.oom_score_adj =
      integer<int>("--oom-score-adj", words.oom_score_adj, profile::check_oom_score);
  if (!words.cpuset.empty()) {
    require_good("--cpuset", profile::check_cpuset(words.cpuset));
    limits.cpuset = cpu_list_text(parse_cpu_list(words.cpuset, profile::kCpus - 1));
  }
  for (const std::string& text : words.io) limits.io.push_back(parse_io(text));
  for (const std::string& text : words.rlimits) limits.rlimits.push_back(parse_rlimit(text));
  if (words.oom_group) limits.oom_group = true;
  if (words.required) limits.required = true;
  if (!words.cgroup.empty()) limits.delegated = words.cgroup == "delegated";
  return limits;
}

profile::Limits parse_changes(const LimitWords& words) {
  struct Counted {
    std::string LimitWords::*word;
    std::optional<std::uint64_t> profile::Limits::*limit;
  };
  constexpr Counted kCounted[] = {{&LimitWords::memory, &profile::Limits::memory},
                                  {&LimitWords::memory_high, &profile::Limits::memory_high},
                                  {&LimitWords::swap, &profile::Limits::swap},
                                  {&LimitWords::pids, &profile::Limits::pids}};
  LimitWords others = words;
  for (const Counted& one : kCounted) {
    if (words.*one.word == profile::kNoLimit) (others.*one.word).clear();
  }
  if (words.cpus == profile::kNoLimit) others.cpus.clear();
  if (words.cpuset == profile::kNoLimit) others.cpuset.clear();
  profile::Limits limits = parse_limits(others);
  for (const Counted& one : kCounted) {
    if (words.*one.word == profile::kNoLimit) limits.*one.limit = profile::kUnlimited;
  }
  if (words.cpus == profile::kNoLimit) limits.cpus = std::numeric_limits<double>::infinity();
  if (words.cpuset == profile::kNoLimit) limits.cpuset = words.cpuset;
  return limits;
}

bool says_anything(const LimitWords& words) {
  return words.oom_group || words.required || !words.io.empty() || !words.rlimits.empty() ||
         !(words.memory + words.memory_high + words.swap + words.cpus + words.cpu_weight +
           words.cpuset + words.pids + words.io_weight + words.nice + words.oom_score_adj +
           words.cgroup)
              .empty();
}

}  // namespace devbox::cli
