// Whether a user's subordinate ids are enough for the owners that an archive names.
#pragma once

#include <string>

#include "host/owners.hpp"
#include "image/manifest.hpp"

namespace devbox::image {

// Throws Error that says which ids are wanted, where the owner of `entry` is not among `owners`.
void require_mapped(const std::string& name, const Entry& entry, const host::Owners& owners);

}  // namespace devbox::image
