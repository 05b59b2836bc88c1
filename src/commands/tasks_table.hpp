// What `devbox tasks` prints. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "profile/task.hpp"
#include "util/json.hpp"

namespace devbox::commands {

// A head and a line for each task, none wider than `columns` but for the names: the longest texts
// are cut first. A column in which nobody has anything is left out.
std::vector<std::string> tasks_table(const std::vector<profile::Task>& tasks, std::size_t columns);

// What a task is for: its description, or else the first line of its command; one line, printable.
std::string purpose(const profile::Task& task);

// An array with all that the tasks say; `at` is "FILE:LINE:COLUMN".
Json tasks_json(const std::vector<profile::Task>& tasks);

}  // namespace devbox::commands
