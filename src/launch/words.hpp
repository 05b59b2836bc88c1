// What devbox-init is started with, as init/protocol.hpp has it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "launch/terminal.hpp"
#include "plan/plan.hpp"

namespace devbox::launch {

// "3,7" of the descriptors above 2, ascending; "-" of none.
std::string descriptors_text(std::vector<int> fds);

// "7:1024:4096,4:0:0"; "-" of none.
std::string rlimits_text(const std::vector<plan::ProcessLimit>& limits);

struct BoxWords {
  std::string name;  // of the box
  const Terminal& terminal;
  std::string mask;    // of signals
  bool holds = false;  // pid 1 stays until its group's counters are read
};

// The first three numbers are the child's to write: they are left empty.
std::vector<std::string> box_words(const plan::Plan& plan, const BoxWords& words);

struct WaitWords {
  int socket = -1;
  int pid = -1;
  int boxes = -1;
  std::string name;
  const Terminal& terminal;
  std::array<int, 2> locks;
  std::string group;  // as GROUP and RECORD; may be empty
  std::string record;
  std::vector<std::string> ended;  // the command at the end, without what the waiter writes
  std::vector<std::string> sweep;  // the command that removes what is left; may be empty
};
std::vector<std::string> wait_words(const WaitWords& words);

}  // namespace devbox::launch
