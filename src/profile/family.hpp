// A profile file and every base that it extends, read and validated one by one.
#pragma once

#include <cstdint>
#include <vector>

#include "profile/load.hpp"
#include "profile/node.hpp"
#include "profile/report.hpp"

namespace devbox::profile {

struct Family {
  std::vector<ClosureFile> files;    // the profile itself, then its bases as they were first read
  std::vector<Node> documents;       // of each; an empty table where it is not TOML
  std::vector<std::uint32_t> order;  // the farthest base first, the profile itself last
  bool complete = true;              // every file was found and is TOML of a known schema
};

// Follows `extends` depth first. A file that is reached twice counts once, where it was first
// reached, so that a base which two others share never undoes what one of them says. A circle, a
// missing base, and more than 16 files in a row or 64 in all are mistakes.
Family read_family(Text text, const Finder& find, Report& report);

}  // namespace devbox::profile
