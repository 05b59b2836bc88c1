#include "profile/capability.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "util/text.hpp"

namespace devbox::profile {

std::string capability_name(std::string_view name) {
  constexpr std::string_view kPrefix = "cap_";
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower.starts_with(kPrefix) ? lower.substr(kPrefix.size()) : lower;
}

bool is_capability(std::string_view lower_case_name) {
  return std::find(std::begin(kCapabilities), std::end(kCapabilities), lower_case_name) !=
         std::end(kCapabilities);
}

std::string nearest_capability(std::string_view lower_case_name) {
  const std::vector<std::string> known(std::begin(kCapabilities), std::end(kCapabilities));
  return nearest(lower_case_name, known);
}

}  // namespace devbox::profile
