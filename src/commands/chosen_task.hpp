// The task that a word means.
#pragma once

#include <string>

#include "profile/profile.hpp"
#include "profile/task.hpp"

namespace devbox::commands {

// Throws Error of kind usage, which names the nearest or lists them, where the profile has none of
// that name.
const profile::Task& chosen_task(const profile::Profile& profile, const std::string& name);

}  // namespace devbox::commands
