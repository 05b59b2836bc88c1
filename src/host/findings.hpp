// The parts of findings(), one for each section. All are pure, and append to `list`.
#pragma once

#include <vector>

#include "host/machine.hpp"

namespace devbox::host {

using Findings = std::vector<Finding>;

void find_programs(const Machine& machine, Findings& list);
void find_kernel(const Machine& machine, Findings& list);
void find_namespaces(const Machine& machine, Findings& list);
void find_ids(const Machine& machine, Findings& list);
void find_storage(const Machine& machine, Findings& list);
void find_surroundings(const Machine& machine, Findings& list);
void find_limits(const Machine& machine, Findings& list);

Finding fine(Section section, std::string name, std::string found, Feature feature);
Finding wrong(Section section, std::string name, State state, Feature feature, Refusal why);

}  // namespace devbox::host
