// New limits for a box that runs.
#pragma once

#include <string>
#include <vector>

#include "launch/records.hpp"
#include "plan/limits.hpp"

namespace devbox::launch {

struct Changed {
  std::vector<plan::GroupValue> held;  // those that took
  std::vector<plan::Unmet> unmet;
};

// Tells the values to systemd, where the box has a scope of it: it writes what it knows at its next
// daemon-reload. Then writes each into the group, and reads it back. `scope`: devbox-scope. Throws
// Error where the group is gone.
Changed change(const Record& record, const std::vector<plan::GroupValue>& values,
               const std::string& scope);

// The record with what took in the place of what it says. Pure.
Record with_limits(Record record, const std::vector<plan::GroupValue>& held);

}  // namespace devbox::launch
