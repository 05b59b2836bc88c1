// Everything that `devbox doctor` asks of a machine, as values, and what follows from them.
#pragma once

#include <string>
#include <vector>

#include "host/delegation.hpp"
#include "host/distribution.hpp"
#include "host/finding.hpp"
#include "host/host.hpp"
#include "host/id_helper.hpp"
#include "host/storage.hpp"
#include "host/trial.hpp"
#include "host/userns.hpp"

namespace devbox::host {

// A program that devbox or its user starts, and where PATH has it.
struct Helper {
  std::string name;
  std::string path;  // empty: nowhere
};

// A system call by its errno for arguments that nothing accepts: ENOSYS where there is none.
struct Call {
  std::string name;
  int err = 0;
};

struct Machine {
  std::string user;
  std::uint32_t uid = 0;
  Kernel kernel;
  Distribution distribution;
  Restrictions restrictions;  // with the label inside
  Trial trial;
  std::vector<Call> calls;                // that Linux 5.2 may lack
  std::vector<std::string> covered_proc;  // what lies on the host's /proc
  std::string init;                       // devbox-init; empty where it is not to be found:
  Refusal no_init;
  IdHelper newuidmap, newgidmap;
  SubordinateIds subordinate;
  std::string refusing_helper;  // that was tried with the user's ranges and failed
  Storage runtime, state, data;
  Delegation delegation;
  std::string group;     // of a box: text_of(GroupFrom)
  std::string term;      // $TERM
  std::string terminfo;  // its description; empty: none
  std::string locale;    // that the environment asks for
  bool has_locale = true;
  std::vector<Helper> helpers;
};

// Asks it all: about ten processes, most of them the trial's and getsubids'. The locale is another
// stage's to judge.
Machine examine(const Host& host);

// The mount points below /proc, as mountinfo lists them; but for binfmt_misc, whose directory is
// empty and hides nothing. Pure.
std::vector<std::string> covers_of_proc(std::string_view mountinfo);

// In the order of Section. Pure.
std::vector<Finding> findings(const Machine& machine);

}  // namespace devbox::host
