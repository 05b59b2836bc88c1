// What devbox-init is started with, as init/protocol.hpp has it.
#pragma once

#include <string>
#include <vector>

#include "launch/terminal.hpp"
#include "plan/plan.hpp"

namespace devbox::launch {

// "3,7" of the descriptors above 2, ascending; "-" of none.
std::string descriptors_text(std::vector<int> fds);

// "7:1024:4096,4:0:0"; "-" of none.
std::string rlimits_text(const std::vector<plan::ProcessLimit>& limits);

// A command as the box is to run it.
struct Command {
  std::vector<std::string> argv;
  bool login = false;  // plan::Plan::login
  std::string cwd;
  std::vector<int> pass_fds;
  std::string rlimits;
};
Command command_of(const plan::Plan& plan);

struct BoxWords {
  const char* role;  // init/protocol.hpp
  std::string name;  // of the box
  const Terminal& terminal;
  std::string mask;    // of signals
  bool holds = false;  // pid 1 stays until its group's counters are read
};

// The first four numbers are the child's to write, those of pid 1 alone: they are "-1".
std::vector<std::string> box_words(const Command& command, const BoxWords& words);

struct WaitWords {
  int socket = -1;
  int pid = -1;
  int owner = -1;
  int box = -1;
  int boxes = -1;
  std::string name;
  const Terminal& terminal;
  std::vector<int> locks;
  std::string group;  // as GROUP and RECORD; may be empty
  std::string record;
  const plan::Announcement& announcement;
  std::vector<std::string> ended;  // the command at the end, without what the waiter writes
  std::vector<std::string> sweep;  // the command that removes what is left; may be empty
};
std::vector<std::string> wait_words(const WaitWords& words);

}  // namespace devbox::launch
