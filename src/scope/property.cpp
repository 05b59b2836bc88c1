#include "scope/property.hpp"

#include <algorithm>
#include <charconv>

#include "scope/protocol.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::scope {
namespace {

// The kernel has no more (NR_CPUS of x86 with MAXSMP), and a number is a byte for each eight below.
constexpr std::uint64_t kLastCpu = 8191;

enum class Type { boolean, number, cpus, device };

struct Known {
  std::string_view name;
  Type type;
};

constexpr Known kKnown[] = {
    {property::kMemoryMax, Type::number},        {property::kMemoryHigh, Type::number},
    {property::kMemorySwapMax, Type::number},    {property::kCpuQuota, Type::number},
    {property::kCpuWeight, Type::number},        {property::kIoWeight, Type::number},
    {property::kTasksMax, Type::number},         {property::kAllowedCpus, Type::cpus},
    {property::kIoReadBandwidth, Type::device},  {property::kIoWriteBandwidth, Type::device},
    {property::kIoReadOperations, Type::device}, {property::kIoWriteOperations, Type::device},
    {property::kDelegate, Type::boolean},        {property::kCpuAccounting, Type::boolean},
    {property::kIoAccounting, Type::boolean},    {property::kMemoryAccounting, Type::boolean},
    {property::kTasksAccounting, Type::boolean},
};

[[noreturn]] void refuse(std::string_view word, std::string_view reason) {
  throw Error(printable(word) + ": " + std::string(reason), {}, Error::Kind::usage);
}

std::uint64_t number_of(std::string_view word, std::string_view text) {
  if (text == "infinity") return kInfinity;
  const auto number = parse_number(text, kInfinity);
  if (!number) refuse(word, "neither a number below 2^64 nor \"infinity\"");
  return *number;
}

bool boolean_of(std::string_view word, std::string_view text) {
  if (text != "yes" && text != "no") refuse(word, "neither \"yes\" nor \"no\"");
  return text == "yes";
}

// Processor n is bit n % 8 of byte n / 8 (cpu_set_from_dbus in systemd's
// src/shared/cpu-set-util.c).
Bytes cpus_of(std::string_view word, std::string_view text) {
  Bytes mask;
  for (const std::string& range : split(text, ',')) {
    const std::size_t dash = range.find('-');
    const auto first = parse_number(std::string_view(range).substr(0, dash), kLastCpu);
    const auto last = dash == std::string::npos
                          ? first
                          : parse_number(std::string_view(range).substr(dash + 1), kLastCpu);
    if (!first || !last || *first > *last)
      refuse(word, "no list of processors from 0 to 8191, as \"0-3,8\" is one");
    mask.resize(std::max<std::size_t>(mask.size(), *last / 8 + 1));
    for (std::uint64_t cpu = *first; cpu <= *last; ++cpu)
      mask[cpu / 8] = static_cast<std::uint8_t>(mask[cpu / 8] | 1U << cpu % 8);
  }
  return mask;
}

// The path may have spaces in it, the number has none.
DeviceLimit device_of(std::string_view word, std::string_view text) {
  const std::size_t space = text.rfind(' ');
  if (!text.starts_with('/') || space == std::string_view::npos)
    refuse(word, "not an absolute path, a space and a number");
  return {std::string(text.substr(0, space)), number_of(word, text.substr(space + 1))};
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || number > most) return std::nullopt;
  return number;
}

Property parse_property(std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) refuse(word, "not PROPERTY=VALUE");
  const std::string_view name = word.substr(0, equals);
  const std::string_view text = word.substr(equals + 1);
  const auto* known = std::find_if(std::begin(kKnown), std::end(kKnown),
                                   [&](const Known& one) { return one.name == name; });
  if (known == std::end(kKnown)) refuse(word, "there is no such property");
  Property property{std::string(name), {}};
  switch (known->type) {
    case Type::boolean:
      property.value = boolean_of(word, text);
      break;
    case Type::number:
      property.value = number_of(word, text);
      break;
    case Type::cpus:
      property.value = cpus_of(word, text);
      break;
    case Type::device:
      property.value = device_of(word, text);
      break;
  }
  return property;
}

}  // namespace devbox::scope
