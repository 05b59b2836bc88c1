// What people type who come from another tool, or from what devbox is to become, and what to type
// instead.
#pragma once

#include <string_view>

namespace devbox::cli {

// Of a verb ("shell"); empty where nothing is known of it.
std::string_view instead_of_verb(std::string_view verb);

// Of an option as it was written ("-v", "--tmpfs=/x"); empty where nothing is known of it.
std::string_view instead_of_option(std::string_view option);

}  // namespace devbox::cli
