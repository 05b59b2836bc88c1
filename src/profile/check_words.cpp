#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "profile/capability.hpp"
#include "profile/checks.hpp"
#include "profile/report.hpp"
#include "profile/variables.hpp"
#include "util/text.hpp"

namespace devbox::profile {

namespace {

constexpr std::size_t kLongestName = 64;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

bool holds(std::string_view value, char c) { return value.find(c) != std::string_view::npos; }

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

std::string meant(std::string_view value, const std::vector<std::string>& known) {
  return did_you_mean(nearest(value, known), "\"");
}

}  // namespace

std::string check_not_empty(std::string_view value) {
  if (value.empty()) return " must not be empty";
  return holds(value, '\0') ? " must not hold a NUL character" : "";
}

std::string check_profile_name(std::string_view value) {
  if (value.empty()) return " must not be empty";
  if (printable(value) != value) return " must be printable text";
  if (holds(value, '/')) return " must not hold a \"/\"";
  const auto continued = std::count_if(value.begin(), value.end(), is_continuation);
  const std::size_t characters = value.size() - static_cast<std::size_t>(continued);
  if (characters > kLongestName) {
    return fmt::format(" must have at most {} characters, not {}", kLongestName, characters);
  }
  return {};
}

std::string check_env_name(std::string_view value) {
  std::string mistake = check_not_empty(value);
  if (mistake.empty() && holds(value, '=')) mistake = " must not hold a \"=\"";
  return mistake;
}

std::string check_env_pattern(std::string_view value) { return check_env_name(value); }

std::string check_env_value(std::string_view value) {
  if (holds(value, '\0')) return " must not hold a NUL character";
  const std::string mistake = variable_mistake(value);
  return mistake.empty() ? std::string() : ": " + mistake;
}

std::string check_capability(std::string_view value) {
  const std::string name = capability_name(value);
  if (is_capability(name)) return {};
  return fmt::format(" must be a Linux capability, not {}{}", quoted(value),
                     did_you_mean(nearest_capability(name), "\""));
}

std::string check_network(std::string_view value) {
  if (value == "host" || value == "none") return {};
  if (value == "private") return ": \"private\" is not supported yet";
  return fmt::format(
      " must be \"host\" or \"none\", not {}; named networks are not supported yet{}",
      quoted(value), meant(value, {"host", "none"}));
}

std::string check_seccomp(std::string_view value) {
  if (value == "default" || value == "strict" || value == "off") return {};
  if (holds(value, '/')) return ": a filter from a file is not supported yet";
  return fmt::format(" must be \"default\", \"strict\" or \"off\", not {}{}", quoted(value),
                     meant(value, {"default", "strict", "off"}));
}

std::string check_digest(std::string_view value) {
  constexpr std::string_view kPrefix = "sha256:";
  constexpr std::size_t kHexDigits = 64;
  const std::string_view hex = value.substr(std::min(kPrefix.size(), value.size()));
  const bool good = value.starts_with(kPrefix) && hex.size() == kHexDigits &&
                    std::all_of(hex.begin(), hex.end(), is_lower_hex);
  if (good) return {};
  return fmt::format(" must be \"sha256:\" and {} lower-case hex digits, not {}", kHexDigits,
                     quoted(value));
}

std::string check_platform(std::string_view value) {
  const std::vector<std::string> parts = split(value, '/');
  const auto is_empty = [](const std::string& part) { return part.empty(); };
  const bool good = (parts.size() == 2 || parts.size() == 3) &&
                    std::none_of(parts.begin(), parts.end(), is_empty) && !holds(value, '\0');
  if (!good) return fmt::format(" must be such as \"linux/amd64\", not {}", quoted(value));
  if (parts[0] != "linux")
    return fmt::format(" is {}: a box runs images of Linux alone", quoted(value));
  return {};
}

std::string platform_name(std::string_view platform) {
  for (const std::string_view usual : {"linux/arm64/v8", "linux/amd64/v1"}) {
    if (platform == usual) return std::string(platform.substr(0, platform.rfind('/')));
  }
  return std::string(platform);
}

// Debian policy 5.6.1. With a hyphen at its end apt-get(8) leaves a package out.
bool is_package_word(std::string_view value) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || holds("+-.", c);
  };
  return value.size() > 1 && value.front() != '-' && value.front() != '+' && value.front() != '.' &&
         value.back() != '-' && std::all_of(value.begin(), value.end(), fits);
}

std::string check_package(std::string_view value) {
  if (is_package_word(value)) return {};
  return fmt::format(" must name packages, such as \"g++\", not {}", quoted(value));
}

}  // namespace devbox::profile
