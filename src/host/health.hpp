// The findings as `devbox doctor` prints them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "host/finding.hpp"

namespace devbox::host {

struct Health {
  std::string host;     // "Debian GNU/Linux 12 (bookworm), Linux 6.1"; raw
  std::string user;     // raw
  std::string home;     // shown as "~"; empty: not shown so
  std::string profile;  // whose needs these are; empty: the usual ones
  std::set<Feature> needs;
  std::vector<Finding> findings;
};

enum class Paint { plain, colours };

// At most 80 columns, but for the commands, which are whole lines to copy, and for long paths.
std::string health_text(const Health& health, Paint paint);

std::string health_json(const Health& health);

// A script for sh(1) with every command once.
std::string fix_script(const Health& health);

}  // namespace devbox::host
