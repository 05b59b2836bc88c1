// What is asked of the manager (org.freedesktop.systemd1(5)). Each throws Failure.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "scope/program/connection.hpp"
#include "scope/property.hpp"

namespace devbox::scope {

struct Scope {
  std::string unit;
  std::uint32_t pid;
  std::string description;
  std::vector<Property> properties;
};

// Returns once the process is in the scope: its control group.
std::string start_scope(sd_bus* bus, const Scope& scope);

// Until the unit ends; nothing is written to disk.
void set_properties(sd_bus* bus, const std::string& unit, const std::vector<Property>& properties);

void attach_process(sd_bus* bus, const std::string& unit, std::uint32_t pid);

}  // namespace devbox::scope
