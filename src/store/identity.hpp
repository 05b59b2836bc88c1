// What belongs to a profile file and its project, and not to a name that two of them may share.
#pragma once

#include <string>
#include <string_view>

namespace devbox::store {

// SHA-256 in lower-case hex (FIPS 180-4).
std::string sha256(std::string_view bytes);

// 32 hex digits for the profile file and the project directory, both absolute. Two repositories
// whose profiles have one name get two identities.
std::string identity(std::string_view profile_path, std::string_view project);

}  // namespace devbox::store
