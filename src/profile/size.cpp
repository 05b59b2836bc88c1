#include "profile/size.hpp"

#include <cstddef>
#include <limits>

namespace devbox::profile {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::uint64_t kThousand = 1000;
constexpr std::uint64_t kKibi = 1024;

constexpr Unit kUnits[] = {
    {"", 1},
    {"B", 1},
    {"KiB", kKibi},
    {"MiB", kKibi* kKibi},
    {"GiB", kKibi* kKibi* kKibi},
    {"TiB", kKibi* kKibi* kKibi* kKibi},
    {"PiB", kKibi* kKibi* kKibi* kKibi* kKibi},
    {"EiB", kKibi* kKibi* kKibi* kKibi* kKibi* kKibi},
    {"kB", kThousand},
    {"KB", kThousand},
    {"MB", kThousand* kThousand},
    {"GB", kThousand* kThousand* kThousand},
    {"TB", kThousand* kThousand* kThousand* kThousand},
    {"PB", kThousand* kThousand* kThousand* kThousand* kThousand},
    {"EB", kThousand* kThousand* kThousand* kThousand* kThousand* kThousand},
};

constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();

std::uint64_t factor_of(std::string_view unit) {
  for (const Unit& known : kUnits) {
    if (known.name == unit) return known.factor;
  }
  return 0;
}

}  // namespace

Size parse_size(std::string_view text) {
  std::size_t digits = 0;
  std::uint64_t number = 0;
  bool fits = true;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    const auto digit = static_cast<std::uint64_t>(text[digits] - '0');
    fits = fits && number <= (kLargest - digit) / 10;
    if (fits) number = number * 10 + digit;
  }
  std::string_view unit = text.substr(digits);
  if (unit.size() > 1 && unit.front() == ' ') unit.remove_prefix(1);
  const std::uint64_t factor = factor_of(unit);
  if (digits == 0 || factor == 0) return {};
  if (!fits || number > kLargest / factor) return {Size::Outcome::too_large, 0};
  return {Size::Outcome::good, number * factor};
}

Size parse_rate(std::string_view text) {
  constexpr std::string_view kPerSecond = "/s";
  if (!text.ends_with(kPerSecond)) return {};
  return parse_size(text.substr(0, text.size() - kPerSecond.size()));
}

}  // namespace devbox::profile
