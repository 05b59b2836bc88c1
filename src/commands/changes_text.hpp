// What a persistent root holds beyond its image, for people and for programs. Pure.
#pragma once

#include <string>
#include <vector>

#include "store/written.hpp"
#include "util/json.hpp"

namespace devbox::commands {

// A line each, as `docker diff` has them, with the size of a file and what differs:
//
//   A  1.46 KiB  /opt/tool
//   C  612 bytes /etc/hosts  content
//   D            /etc/motd
std::string changes_text(const std::vector<store::WrittenChange>& changes);

Json changes_json(const std::vector<store::WrittenChange>& changes);

// "2 added (1.46 KiB), 1 changed (612 bytes), 1 deleted"; "nothing differs from the image".
std::string changes_summary(const std::vector<store::WrittenChange>& changes);

}  // namespace devbox::commands
