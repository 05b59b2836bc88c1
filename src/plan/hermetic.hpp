// A profile as a build has it: nothing of the machine, of its user or of his environment.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "host/host.hpp"
#include "plan/plan.hpp"
#include "plan/request.hpp"
#include "profile/profile.hpp"

namespace devbox::plan {

// Where a build runs. What it gives does not depend on any of it, if it is reproducible.
struct Surroundings {
  std::string build_path;  // of the project, inside: absolute, normal
  std::string hostname = "build";
  std::string user = "build";
  InsideUser ids = {1000, 1000};
  std::string home = "/home/build";
  std::string locale = "C.UTF-8";                                   // LANG
  std::string timezone = "UTC";                                     // TZ
  std::vector<std::pair<std::string, std::string>> variables = {};  // that nothing should look at
  unsigned umask = 022;
  bool random_addresses = false;  // personality(2), ADDR_NO_RANDOMIZE where false
  std::string cpus = {};          // util/cpu_list.hpp: those that it sees; empty: all
  // By a library that is loaded into its programs (surroundings/settings.hpp): empty where there
  // is none. What it reads, but for the time; and the seconds that the clock shows at the start, 0
  // where that is left alone.
  std::string preload = {};
  std::string settings = {};
  std::int64_t shown_time = 0;
};

// What a build does with a profile: its home is empty and thrown away, and what it writes to the
// project is kept apart. Where the task is hermetic its root is read-only, it has no network, and
// what the profile shows of the host is left out, with a note for each.
profile::Profile hermetic(profile::Profile profile, const profile::Task& task,
                          const Surroundings& surroundings, std::int64_t epoch,
                          std::vector<Note>& notes);

// The user as the build sees him.
host::Host hermetic(host::Host host, const Surroundings& surroundings);

// Throws Error where the profile asks for what no hermetic build can have: `${env:…}`, or an image
// that nothing pins. `variables` are those that were asked for.
void require_hermetic(const profile::Profile& profile, const profile::Task& task,
                      const std::vector<std::string>& variables);

}  // namespace devbox::plan
