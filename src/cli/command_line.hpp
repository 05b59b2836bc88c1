// What the user typed, as values. CLI11 is included in this folder alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "profile/limits.hpp"

namespace devbox::cli {

enum class Verbosity { quiet, timings, steps };
enum class Stats { none, text, json };  // what a box has used, told at its end

struct Bind {
  std::string source;
  std::string target;
  bool writable = true;
};

// What enter, run and plan share; only the first two have a verbosity.
struct BoxOptions {
  std::string profile;  // a name, a path, or empty for the nearest devbox.toml
  std::string cwd;      // empty: not given, like every string here
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<Bind> binds;
  std::string network;
  std::string map;
  std::string root;
  std::vector<int> pass_fds;
  bool trust = false;
  bool locked = false;
  profile::Limits limits;  // those that were typed
  bool limited = false;    // there are some
  bool fresh = false;      // --new: a box of its own
  bool keep = false;       // the box stays until it is stopped
  Stats stats = Stats::none;
  Verbosity verbosity = Verbosity::quiet;
  std::vector<std::string> command;  // empty: the shell
};

struct Enter {
  BoxOptions box;
};
struct Run {
  BoxOptions box;    // with a task the command is what follows it as arguments
  std::string task;  // empty: none
  bool lsp = false;  // the command is a language server
};
struct PlanVerb {
  BoxOptions box;
  bool json = false;
};
struct Build {
  std::string task;     // empty: the only one
  std::string profile;  // as of BoxOptions
  bool trust = false;
  bool verbose = false;
  bool quiet = false;
  bool json = false;
  std::optional<unsigned> check;     // how often it is built; at least 2
  std::vector<std::string> vary;     // names of variations; empty: all
  std::vector<std::string> no_vary;  // the same
  std::string record;                // a file to write
  std::string verify;                // a file that was written so
  profile::Limits limits;
};
struct Tasks {
  std::string profile;
  bool json = false;
};
struct Init {
  std::string template_name;  // empty: the default one
};
struct Pull {
  std::string profile;
  bool locked = false;
  bool quiet = false;
};
struct Lock {
  std::string profile;
  bool update = false;
  bool locked = false;
  bool quiet = false;
};
struct Outdated {
  std::string profile;
  bool exit_code = false;
  bool json = false;
};
struct ImageList {
  bool json = false;
};
struct ImageImport {
  std::string file;
};
struct ImageExport {
  std::string image;    // a source or a digest; empty: the profile's
  std::string profile;  // empty: the nearest devbox.toml
  std::string destination;
  std::string compression;  // empty: the usual one
};
struct ImagePush : ImageExport {};
struct ImageRemove {
  std::vector<std::string> images;  // sources or digests
  bool json = false;
};
struct ImageVerify {
  std::vector<std::string> images;  // none, or "all": all of them
  bool repair = false;
  bool json = false;
};
struct ImageUsage {
  bool json = false;
};
struct ImageCollect {
  std::optional<std::uint32_t> keep_days;
  std::optional<std::uint64_t> max_bytes;
  bool dry_run = false;
  bool json = false;
};
struct ProfileList {
  bool json = false;
};
struct ProfileShow {
  std::string profile;
  bool json = false;
};
struct ProfileSchema {};
struct ProfileTrust {
  std::string profile;
};
struct ProfileUntrust {
  std::string profile;
};
struct BoxDiff {
  std::string profile;
  std::vector<std::string> paths;  // absolute, in the box; none: all
  std::string key;                 // the beginning of one; empty: that on the image of now
  bool json = false;
};
struct BoxReset {
  std::string profile;
  std::vector<std::string> paths;  // as of BoxDiff
  bool yes = false;
  bool old = false;
};
struct BoxCommit {
  std::string profile;
  std::string name;  // empty: the profile's
  bool reset = false;
};
struct BoxList {
  bool json = false;
};
struct Doctor {
  std::string profile;  // empty: none
  bool json = false;
  bool fix_script = false;
};
struct Exec {
  std::string box;  // an id, its beginning, or a name
  std::string cwd;
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<int> pass_fds;
  std::vector<std::string> command;  // never empty
};
struct Ps {
  bool json = false;
  bool quiet = false;
};
struct Stop {
  std::vector<std::string> boxes;
  bool all = false;
  std::chrono::milliseconds patience{10'000};
};
struct StatsVerb {
  std::string box;  // an id, its beginning, or a name; empty: all
  bool once = false;
  bool json = false;
};
struct LimitVerb {
  std::string box;
  profile::Limits limits;  // as parse_changes has them
  bool force = false;
};
struct Shims {
  std::string profile;
  std::string directory;  // empty: the one of this profile and project
};
struct Editor {
  std::string name;
  std::string profile;
  bool write = false;
  bool dry_run = false;
};
struct ShellEnv {
  std::string profile;
  std::string shell;  // "bash", "zsh", "fish"
};
// `devbox @shim FILE [ARGUMENT…]`, which a shim starts: no verb for people.
struct ShimCall {
  std::string file;
  std::vector<std::string> arguments;
};
// `devbox @sweep [ID]`, which devbox itself starts: no verb for people.
struct Sweep {
  std::string id;  // of a box that is dead though its launcher is not
};
// `devbox @ended STATS RUNTIME ID HOW VALUE`, which the waiter starts: no verb for people.
struct Ended {
  Stats stats = Stats::none;
  std::string runtime;  // the directory of running boxes
  std::string id;       // of the box
  std::string felt;     // host::Felt as a word: what the command is not told of
  std::string how;      // "exited", "killed", "lost"
  int value = 0;        // the status or the signal
};
struct Print {
  std::string text;  // help or the version: the answer itself
};

using Invocation =
    std::variant<Enter, Run, PlanVerb, Build, Tasks, Init, Lock, Outdated, Pull, ImageList,
                 ImageImport, ImageExport, ImagePush, ImageRemove, ImageVerify, ImageUsage,
                 ImageCollect, ProfileList, ProfileShow, ProfileSchema, ProfileTrust,
                 ProfileUntrust, Exec, Ps, Stop, StatsVerb, LimitVerb, BoxDiff, BoxReset, BoxCommit,
                 BoxList, Shims, Editor, ShellEnv, ShimCall, Doctor, Sweep, Ended, Print>;

inline constexpr const char* kSweepWord = "@sweep";
inline constexpr const char* kEndedWord = "@ended";
inline constexpr const char* kShimWord = "@shim";

std::string version();  // "0.1.0"

// Throws Error of kind usage. Registers only the options of the verb that was chosen: all of them
// would cost every start.
Invocation parse(int argc, const char* const* argv);

// Whether a failure before or in `verb` has the status of a command that could not be run (125).
bool runs_a_command(int argc, const char* const* argv);

// Every verb ("profile ls") with its options ("--json", "-p"), for the tests of manual and
// completions.
struct VerbOptions {
  std::string verb;
  std::vector<std::string> options;
};
std::vector<VerbOptions> all_options();

}  // namespace devbox::cli
