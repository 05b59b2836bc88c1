// What changes between two texts, as diff(1) writes it with -u.
#pragma once

#include <string>
#include <string_view>

namespace devbox::editor {

// Empty where they are the same. `before` empty, with `is_new`, is a file that is not there.
std::string unified_diff(std::string_view before, std::string_view after, std::string_view name,
                         bool is_new);

}  // namespace devbox::editor
