// [tasks] as values.
#pragma once

#include <vector>

#include "profile/node.hpp"
#include "profile/profile.hpp"

namespace devbox::profile {

// `tasks` are the entries of [tasks], without mistakes; their strings are taken. `files` are those
// that positions count.
std::vector<Task> task_values(std::vector<Node>& tasks, const std::vector<ClosureFile>& files);

}  // namespace devbox::profile
