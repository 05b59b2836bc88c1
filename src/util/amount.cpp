#include "util/amount.hpp"

#include <fmt/format.h>

#include <iterator>

namespace devbox {
namespace {

constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
constexpr std::uint64_t kKibi = 1024;

// Three digits, as many of them behind the point as fit.
std::string three_digits(double value) {
  return value < 9.995   ? fmt::format("{:.2f}", value)
         : value < 99.95 ? fmt::format("{:.1f}", value)
                         : fmt::format("{:.0f}", value);
}

}  // namespace

std::string exact_size(std::uint64_t bytes) {
  std::size_t unit = 0;
  for (; bytes != 0 && bytes % kKibi == 0 && unit + 1 < std::size(kUnits); ++unit) bytes /= kKibi;
  return fmt::format("{} {}", bytes, kUnits[unit]);
}

std::string rough_size(std::uint64_t bytes) {
  if (bytes < kKibi) return exact_size(bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < std::size(kUnits); ++unit) value /= kKibi;
  return fmt::format("{} {}", three_digits(value), kUnits[unit]);
}

std::string rough_time(std::uint64_t microseconds) {
  const double milliseconds = static_cast<double>(microseconds) / 1000;
  if (milliseconds < 999.5) return three_digits(milliseconds) + " ms";
  return three_digits(milliseconds / 1000) + " s";
}

}  // namespace devbox
