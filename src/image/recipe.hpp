// What devbox tells devbox-image of bytes from elsewhere, as JSON on its standard input. Members
// that a reader does not know belong to somebody else; each is its default where it is left out,
// and an Error is thrown where one is wrong.
#pragma once

#include <string>
#include <vector>

#include "image/http.hpp"
#include "util/json.hpp"

namespace devbox::image {

// All of `fd`, a file or a pipe. Throws Error where it is no JSON object.
Json read_recipe(int fd);

[[noreturn]] void wrong_recipe(const char* key);

std::string text_member(const Json& recipe, const char* key);
std::vector<std::string> texts_member(const Json& recipe, const char* key);
bool flag_member(const Json& recipe, const char* key);
std::string digest_member(const Json& recipe, const char* key);  // the hex of "sha256:HEX"
Timeouts timeouts_member(const Json& recipe);  // "connect_seconds" and "stall_seconds"

}  // namespace devbox::image
