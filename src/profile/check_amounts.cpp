#include <cmath>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "profile/checks.hpp"
#include "profile/report.hpp"
#include "profile/schema.hpp"
#include "profile/size.hpp"

namespace devbox::profile {

namespace {

std::string size_mistake(const Size& size, std::string_view value, std::string_view example) {
  switch (size.outcome) {
    case Size::Outcome::good:
      return {};
    case Size::Outcome::too_large:
      return fmt::format(" must be less than \"8EiB\", not {}", quoted(value));
    case Size::Outcome::malformed:
      break;
  }
  return fmt::format(" must be such as \"{}\", not {}", example, quoted(value));
}

std::string between(double value, double least, double most) {
  if (value >= least && value <= most) return {};
  return fmt::format(" must be from {} to {}, not {}", least, most, value);
}

}  // namespace

std::string check_size(std::string_view value) {
  return size_mistake(parse_size(value), value, "4GiB");
}

std::string check_size_above_zero(std::string_view value) {
  const Size size = parse_size(value);
  if (size.outcome == Size::Outcome::good && size.bytes == 0) return " must be more than 0";
  return size_mistake(size, value, "64MiB");
}

std::string check_rate(std::string_view value) {
  const Size rate = parse_rate(value);
  if (rate.outcome == Size::Outcome::good && rate.bytes == 0) return " must be more than 0";
  return size_mistake(rate, value, "200MiB/s");
}

// A quota is a whole number of microseconds, at least 1,000, in a period of 100,000 (cgroup-v2.rst,
// "CPU Interface Files": cpu.max); the kernel knows no more than 8,192 processors.
std::string check_cpus(double value) {
  if (!std::isfinite(value) || value <= 0) return " must be a number above 0";
  return between(value, 0.01, 8192);
}

std::string check_weight(double value) { return between(value, 1, 10000); }

// PID_MAX_LIMIT of proc(5), /proc/sys/kernel/pid_max.
std::string check_pids(double value) {
  return value >= 1 ? between(value, 1, 4194304) : std::string(" must be 1 or more");
}

std::string check_operations(double value) { return between(value, 1, 1e9); }

// setpriority(2).
std::string check_nice(double value) { return between(value, -20, 19); }

// proc(5), /proc/pid/oom_score_adj.
std::string check_oom_score(double value) { return between(value, -1000, 1000); }

std::string check_schema(double value) {
  return value == static_cast<double>(kSchema) ? std::string()
                                               : fmt::format(" must be {}", kSchema);
}

}  // namespace devbox::profile
