// WWW-Authenticate: what a server asks for (RFC 9110, 11.6.1). Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::image {

struct Challenge {
  std::string scheme;                             // in lower case: "basic", "bearer"
  std::map<std::string, std::string> parameters;  // names in lower case, values unquoted

  std::string parameter(const std::string& name) const;  // empty where there is none
};

// Several may be in one value, in the order of the server's choice. What follows a mistake is left
// out.
std::vector<Challenge> parse_challenges(std::string_view value);

}  // namespace devbox::image
