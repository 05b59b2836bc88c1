// registries.toml on disk (profile/registries.hpp has what is in it).
#pragma once

#include <string>

#include "host/host.hpp"
#include "profile/registries.hpp"

namespace devbox::store {

std::string registries_path(const host::Host& host);

// Empty where there is no such file. Throws Error with every mistake.
profile::Registries read_registries(const host::Host& host);

}  // namespace devbox::store
