#include "util/cpu_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "util/text.hpp"

namespace devbox {
namespace {

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<CpuRange> parse_cpu_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::optional<unsigned> first = number(text.substr(0, dash));
  const std::optional<unsigned> last =
      dash == std::string_view::npos ? first : number(text.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  return CpuRange{*first, *last};
}

std::vector<unsigned> parse_cpu_list(std::string_view text, unsigned most) {
  std::vector<unsigned> cpus;
  for (const std::string& part : split(text, ',')) {
    const std::optional<CpuRange> range = parse_cpu_range(part);
    if (!range || range->last > most) continue;
    for (unsigned cpu = range->first; cpu <= range->last; ++cpu) cpus.push_back(cpu);
  }
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  return cpus;
}

std::string cpu_list_text(const std::vector<unsigned>& cpus) {
  std::string text;
  for (std::size_t i = 0; i < cpus.size();) {
    std::size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    text += text.empty() ? "" : ",";
    text += last == i ? fmt::format("{}", cpus[i]) : fmt::format("{}-{}", cpus[i], cpus[last]);
    i = last + 1;
  }
  return text;
}

}  // namespace devbox
