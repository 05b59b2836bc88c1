// The options that enter, run and plan share.
#pragma once

#include <string>

#include "cli/limit_options.hpp"
#include "cli/parser.hpp"

namespace devbox::cli {

inline constexpr const char* kLockedText = "Refuse an image that is not pinned as the profile asks";

// The strings that CLI11 fills, turned into BoxOptions once it is done.
struct BoxWords {
  Words env, binds;
  LimitWords limits;
  std::string stats;
  bool timings = false;
  bool verbose = false;
};

// PROFILE, and -p PROFILE, which is the same.
void add_profile(
    const Parser& parser, std::string& profile,
    const char* text = "The profile: a name, or a path (default: the nearest devbox.toml)");

void add_box_options(const Parser& parser, BoxOptions& box, BoxWords& words);

// Those of a start: enter and run.
void add_start_options(const Parser& parser, BoxOptions& box, BoxWords& words);

// Those of a command, whatever box it runs in.
void add_command_options(const Parser& parser, std::string& cwd, std::vector<int>& pass_fds,
                         BoxWords& words);

// Of --env. Throws Error of kind usage.
std::vector<std::pair<std::string, std::string>> variables_of(const BoxWords& words);

// Of --pass-fd. Throws Error of kind usage.
void check_descriptors(const std::vector<int>& fds);

// --task of run. It names one: an empty variable of a script's must not turn what follows `--` into
// a command.
void add_task(const Parser& parser, std::string& task);

// "json", "text"; anything else is none.
Stats stats_of(const std::string& word);

// Throws Error of kind usage where a word is not of the form that its option takes.
void finish(BoxOptions& box, const BoxWords& words);

}  // namespace devbox::cli
