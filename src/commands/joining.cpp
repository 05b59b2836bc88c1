#include "commands/joining.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <vector>

#include "commands/chosen_box.hpp"
#include "host/cannot.hpp"
#include "launch/boxes.hpp"
#include "launch/join.hpp"
#include "launch/records.hpp"
#include "plan/shell.hpp"
#include "store/digest.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using launch::Record;

constexpr char kBetween = '-';  // the profile's digest and the options'

std::string options_digest(const Subject& subject, const cli::BoxOptions& options) {
  store::Digest digest;
  digest.add_field(subject.resolved.root);
  for (const cli::Bind& bind : options.binds) {
    digest.add_field(bind.source);
    digest.add_field(bind.target);
    digest.add_field(bind.writable ? "rw" : "ro");
  }
  digest.add_field("");
  digest.add_field(options.network);
  digest.add_field(options.map);
  digest.add_field(options.root);
  return digest.hex();
}

bool has_same_profile(const Record& box, const std::string& fingerprint) {
  return box.fingerprint.substr(0, box.fingerprint.find(kBetween)) ==
         fingerprint.substr(0, fingerprint.find(kBetween));
}

void say(const std::string& text) { std::fputs(fmt::format("devbox: {}\n", text).c_str(), stderr); }

// What there is of the profile and the project: the newest of each kind.
struct Candidates {
  std::optional<Record> same;
  std::optional<Record> older;  // of what the profile was before
};

Candidates candidates(const launch::Runtime& runtime, const plan::Plan& plan,
                      const std::string& fingerprint) {
  Candidates found;
  for (Record& box : launch::Records(runtime.directory).running(plan.identity)) {
    if (box.fingerprint.empty() || box.version != runtime.version) continue;
    if (box.fingerprint == fingerprint) {
      found.same = std::move(box);
    } else if (!has_same_profile(box, fingerprint)) {
      found.older = std::move(box);
    }
  }
  return found;
}

std::string shown(const Record& box) { return short_id(box.id, {box.id}); }

std::string as_it_was(const Record& box) {
  return fmt::format(
      "the profile has changed since the box {0} was started, which has the persistent root: it is "
      "joined as it was; `devbox stop {0}` ends it",
      shown(box));
}

// The box may have been started for another shell, another terminal, or none.
std::vector<launch::Brought> shell_files(const plan::Plan& plan) {
  std::vector<launch::Brought> files;
  for (const plan::Mount& mount : plan.mounts) {
    const auto* make = std::get_if<plan::Make>(&mount);
    if (make != nullptr && make->made.kind == plan::MadeKind::file &&
        path::is_within(make->made.path, plan::kShellDirectory))
      files.push_back({make->made.path, make->made.content});
  }
  return files;
}

void join(const Record& box, const plan::Plan& plan, const launch::Runtime& runtime,
          const std::string& terminal) {
  const launch::Command command = launch::command_of(plan);
  launch::join({box, command, plan.env, terminal, shell_files(plan), plan.terminal}, runtime);
}

}  // namespace

std::string fingerprint(const Subject& subject, const cli::BoxOptions& options) {
  if (options.limited || options.stats != cli::Stats::none) return {};
  const std::string closure = subject.digest.empty() ? closure_digest(subject) : subject.digest;
  return closure + kBetween + options_digest(subject, options);
}

StartLock::StartLock(const std::string& runtime) {
  const launch::Boxes boxes(runtime);
  lock_.reset(::openat(boxes.directory(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock_) throw host::cannot("open", boxes.path(), errno);
  constexpr struct timespec kPause { 0, 1'000'000 };
  constexpr int kMostPauses = 5000;
  for (int i = 0; i < kMostPauses && ::flock(lock_.get(), LOCK_EX | LOCK_NB) < 0; ++i) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw host::cannot("lock", boxes.path(), errno);
    ::nanosleep(&kPause, nullptr);
  }
}

bool joins_at_all(const plan::Plan& plan, Joins joins) {
  return joins == Joins::any || plan.root_mode == plan::Root::persistent;
}

void join_running(const plan::Plan& plan, const launch::Runtime& runtime,
                  const std::string& fingerprint, Joins joins, const std::string& terminal) {
  if (fingerprint.empty() || !joins_at_all(plan, joins)) return;
  const bool has_persistent_root = plan.root_mode == plan::Root::persistent;
  const Candidates found = candidates(runtime, plan, fingerprint);
  if (found.same) return join(*found.same, plan, runtime, terminal);
  if (!found.older) return;
  if (has_persistent_root && found.older->persistent) {
    say(as_it_was(*found.older));
    return join(*found.older, plan, runtime, terminal);
  }
  say(
      fmt::format("the profile has changed since the box {0} was started: this is another one; "
                  "`devbox exec {0} -- COMMAND` runs in that",
                  shown(*found.older)));
}

std::string join_note(const plan::Plan& plan, const launch::Runtime& runtime,
                      const std::string& fingerprint, Joins joins) {
  if (fingerprint.empty() || !joins_at_all(plan, joins)) return {};
  const Candidates found = candidates(runtime, plan, fingerprint);
  if (found.same)
    return fmt::format("the box {} runs, and is joined; `--new` starts another",
                       shown(*found.same));
  if (!found.older) return {};
  if (plan.root_mode == plan::Root::persistent && found.older->persistent)
    return as_it_was(*found.older);
  return fmt::format("the profile has changed since the box {} was started: this is another one",
                     shown(*found.older));
}

}  // namespace devbox::commands
