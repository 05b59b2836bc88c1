// Which running box a word means. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "launch/records.hpp"

namespace devbox::commands {

// The record of the box with that id, with an id that begins so (with its number as a whole, at
// least), or with that name. Throws Error that lists the candidates where there is none, or several
// are meant.
const launch::Record& chosen_box(const std::vector<launch::Record>& running,
                                 const std::string& word);

// The same among those that have a control group. Throws Error where the word means one that has
// none, too.
const launch::Record& chosen_group(const std::vector<launch::Record>& running,
                                   const std::string& word);

// The shortest beginning of `id` that chosen_box takes for it among `ids`: nearly always its
// number.
std::string short_id(const std::string& id, const std::vector<std::string>& ids);

}  // namespace devbox::commands
