#include "commands/prepare.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "commands/joining.hpp"
#include "commands/pin.hpp"
#include "commands/shim_directory.hpp"
#include "host/rlimits.hpp"
#include "launch/launch.hpp"
#include "plan/integrations.hpp"
#include "plan/make.hpp"
#include "plan/protect.hpp"
#include "plan/trust.hpp"
#include "profile/image_source.hpp"
#include "store/identity.hpp"
#include "store/lock_file.hpp"
#include "store/rootfs.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

constexpr std::size_t kMostEnvFileBytes = 1 << 20;

[[noreturn]] void wrong_root(const std::string& text) {
  const bool is_path = text.starts_with('/') || text.starts_with('.') || text.starts_with('~');
  const auto parsed = profile::parse_source(text);
  if (parsed && parsed->kind != profile::SourceKind::rootfs) {
    throw Error(
        fmt::format("--root {}: `{}` is not supported yet", printable(text), parsed->prefix), {},
        Error::Kind::usage);
  }
  throw Error(fmt::format("--root {}: neither `host` nor `rootfs:DIR`", printable(text)),
              is_path ? fmt::format("did you mean `--root rootfs:{}`?", printable(text)) : "",
              Error::Kind::usage);
}

profile::Source parse_root(const std::string& text) {
  constexpr std::string_view kRootfs = "rootfs:";
  profile::Source source;
  if (text == "host") return source;
  if (!text.starts_with(kRootfs) || text.size() == kRootfs.size()) wrong_root(text);
  source.kind = profile::SourceKind::rootfs;
  source.reference = text.substr(kRootfs.size());
  return source;
}

bool on_terminal() {
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 &&
         ::isatty(STDERR_FILENO) == 1;
}

profile::IdMap parse_map(const std::string& text) {
  if (text == "self") return profile::IdMap::self;
  if (text == "root") return profile::IdMap::root;
  if (text == "subids") return profile::IdMap::subids;
  return profile::IdMap::automatic;
}

plan::Request request_of(const cli::BoxOptions& options, const Subject& subject) {
  plan::Request request;
  request.command = options.command;
  request.interactive = options.command.empty() && !subject.host.terminal.empty() && on_terminal();
  if (!options.cwd.empty()) request.cwd = options.cwd;
  request.env = options.env;
  for (const cli::Bind& bind : options.binds) {
    request.binds.push_back(
        {bind.source, bind.target,
         bind.writable ? profile::Access::read_write : profile::Access::read_only});
  }
  if (!options.network.empty()) {
    request.network =
        options.network == "none" ? profile::NetworkMode::none : profile::NetworkMode::host;
  }
  if (!options.map.empty()) request.map = parse_map(options.map);
  if (!options.root.empty()) {
    request.root = parse_root(options.root);
    // No shell replaces the ~ of rootfs:~/tree; a path with one is absolute already.
    const bool is_relative = request.root->kind != profile::SourceKind::host &&
                             !request.root->reference.starts_with('~');
    if (is_relative)
      request.root->reference = path::absolute(request.root->reference, subject.host.cwd);
  }
  request.pass_fds = options.pass_fds;
  request.limits = options.limits;
  for (profile::IoLimit& limit : request.limits.io) {
    if (!limit.path.starts_with('~')) limit.path = path::absolute(limit.path, subject.host.cwd);
  }
  request.measured = options.stats != cli::Stats::none;
  request.project_profile = subject.found.origin == store::Origin::project;
  request.project = store::project_of(subject.found, subject.host);
  request.identity = store::identity(subject.profile.path, request.project.value_or(""));
  return request;
}

// A path that is missing has a real path too: by the deepest of its ancestors that is there.
void look_upwards(const std::string& path, plan::Facts& facts) {
  for (std::string at = path; !facts.paths.contains(at); at = path::parent(at)) {
    const bool found =
        facts.paths.emplace(at, host::look(at)).first->second.kind != host::NodeKind::missing;
    if (found || at == "/") return;
  }
}

void gather_limits(const Subject& subject, plan::Facts& facts) {
  const profile::Limits& limits = subject.resolved.limits;
  if (plan::needs_group(limits) || subject.request.measured)
    facts.cgroups = host::cgroups(
        subject.host, limits.delegated.value_or(false) ? host::Border::asked : host::Border::any);
  for (const profile::IoLimit& limit : limits.io)
    facts.devices.emplace(limit.path, host::block_device_of(limit.path));
  if (!limits.rlimits.empty()) facts.hard_limits = host::hard_limits();
}

plan::Facts gather(const Subject& subject) {
  plan::Questions asked = plan::questions(subject.resolved, subject.profile, subject.host);
  plan::Facts facts;
  for (const std::string& path : asked.paths) look_upwards(path, facts);
  for (const std::string& path : asked.files)
    facts.files[path] = host::read_file(path, kMostEnvFileBytes);
  if (!asked.reach.is_nothing()) facts.reach = host::reach(asked.reach, subject.host.home);
  asked.survey.zone =
      plan::zone_to_look_for(subject.profile, subject.resolved, subject.host, facts.reach);
  facts.rootfs = store::survey(subject.resolved.root, asked.survey);
  if (asked.certificates) {
    facts.certificates =
        store::certificates(subject.host, facts.rootfs.directory,
                            profile::is_stored(subject.resolved.kind), asked.image_bundle);
  }
  if (subject.resolved.root_mode == plan::Root::persistent) {
    const std::string data = plan::real_path(subject.host.dirs.data, facts);
    facts.kept = store::look_at_root(
        path::join(path::join(subject.host.dirs.state, "roots"), subject.request.identity),
        store::tree_key(facts.rootfs.directory, data), facts.rootfs);
  }
  if (plan::needs_subordinate_ids(subject.resolved, subject.host, facts)) {
    facts.subordinate = host::subordinate_ids(subject.host);
  }
  gather_limits(subject, facts);
  return facts;
}

// How the command at the end tells it: kEndedWord and one of these.
const char* word_of(cli::Stats stats) {
  if (stats == cli::Stats::json) return "json";
  return stats == cli::Stats::text ? "text" : "none";
}

launch::Report report_of(cli::Verbosity verbosity) {
  if (verbosity == cli::Verbosity::steps) return launch::Report::steps;
  return verbosity == cli::Verbosity::timings ? launch::Report::timings : launch::Report::nothing;
}

// A box starts without its shims too.
void bring_up_to_date(const Subject& subject) {
  try {
    refresh_known_shims(subject);
  } catch (const Error& error) {
    std::fputs(fmt::format("devbox: the shims stay as they are: {}\n", error.message()).c_str(),
               stderr);
  }
}

}  // namespace

std::string closure_digest(const Subject& subject) {
  std::vector<profile::ClosureFile> closure = subject.profile.closure;
  for (const auto& [path, bytes] : subject.facts.files) closure.push_back({path, bytes});
  const std::optional<profile::Text> lock = store::read_lock(subject.found, subject.host);
  if (lock) closure.push_back({lock->path, lock->bytes});
  return store::closure_digest(closure);
}

Subject read_profile(const std::string& profile) {
  Subject subject;
  subject.host = host::probe();
  subject.installation = host::installation();
  subject.found = store::find(profile, subject.host, subject.installation.profiles);
  subject.profile = store::read(subject.found, subject.host, subject.installation.profiles);
  return subject;
}

Subject resolve(const cli::BoxOptions& options) {
  Subject subject = read_profile(options.profile);
  subject.request = request_of(options, subject);
  subject.resolved = plan::resolve(subject.profile, subject.host, subject.request);
  return subject;
}

void furnish(Subject& subject, Missing missing) {
  if (profile::is_stored(subject.resolved.kind)) {
    PinnedImage image = pinned_image(subject, missing);
    subject.resolved.root = std::move(image.tree.root);
    subject.resolved.config = std::move(image.config);
    subject.tree_lock = std::move(image.tree.lock);
  }
  look(subject);
}

Subject prepare(const cli::BoxOptions& options, Missing missing) {
  Subject subject = resolve(options);
  if (options.locked) require_pinned(subject);
  furnish(subject, missing);
  return subject;
}

void look(Subject& subject) {
  subject.facts = gather(subject);
  subject.asks =
      plan::asks_beyond_project(subject.profile, subject.resolved, subject.request, subject.facts);
  if (!subject.asks.empty()) subject.digest = closure_digest(subject);
}

store::Trust trust_of(const host::Host& host) {
  return store::Trust(path::join(host.dirs.state, "trust"));
}

void require_trust(const Subject& subject) {
  if (subject.asks.empty()) return;
  const store::Trust::Verdict verdict =
      trust_of(subject.host).verdict(subject.profile.path, subject.digest);
  if (verdict == store::Trust::Verdict::granted) return;
  const bool changed = verdict == store::Trust::Verdict::changed;
  std::string message = fmt::format(
      "{} {}\n", printable(subject.profile.path),
      changed ? "has changed since it was trusted, and asks for what lies outside its project:"
              : "asks for what lies outside its project, and is not trusted:");
  for (const std::string& ask : subject.asks) message += fmt::format("  - {}\n", ask);
  message.pop_back();
  throw Error(
      message,
      fmt::format(
          "read it; `devbox profile trust -p {}` allows it until it changes, `--trust` this once",
          printable(subject.profile.path)));
}

launch::Runtime runtime_of(const host::Host& host, const host::Installation& installation) {
  const std::string& program = installation.program;
  return {.init = installation.init,
          .scope = installation.scope,
          .directory = host.dirs.runtime,
          .user = host.user,
          .scratch = path::join(host.dirs.state, "ephemeral"),
          .sweep = {program, cli::kSweepWord},
          .ended = {program, cli::kEndedWord, word_of(cli::Stats::none)},
          .version = cli::version()};
}

launch::Runtime runtime_of(const Subject& subject) {
  launch::Runtime runtime = runtime_of(subject.host, subject.installation);
  runtime.tree_lock = subject.tree_lock.get();
  return runtime;
}

void say_unmet(const plan::Plan& plan) {
  for (const plan::Unmet& unmet : plan.limits.unmet)
    std::fputs(fmt::format("devbox: {}\n", unmet.text()).c_str(), stderr);
}

void admit(const Subject& subject, const cli::BoxOptions& options) {
  if (options.root.empty()) require_runnable(subject);
  if (!options.trust) require_trust(subject);
}

void start(const cli::BoxOptions& options, Notes notes, std::int64_t begun) {
  launch::close_inherited(options.pass_fds);
  const bool may_wait = notes == Notes::said && ::isatty(STDERR_FILENO) == 1;
  const Subject subject = prepare(options, may_wait ? Missing::unpack : Missing::refuse);
  admit(subject, options);
  if (notes == Notes::said) bring_up_to_date(subject);
  start(subject, options, notes, begun);
}

void start(const Subject& subject, const cli::BoxOptions& options, Notes notes,
           std::int64_t begun) {
  const plan::Plan plan =
      plan::make(subject.profile, subject.resolved, subject.host, subject.facts, subject.request);
  launch::Runtime runtime = runtime_of(subject);
  runtime.ended.back() = word_of(options.stats);
  runtime.measured = options.stats != cli::Stats::none;
  runtime.kept = options.keep;
  runtime.report = report_of(options.verbosity);
  runtime.begun = begun;
  const Joins joins = notes == Notes::said ? Joins::any : Joins::persistent_root;
  const bool may_join = !options.fresh && !options.keep && joins_at_all(plan, joins);
  std::optional<StartLock> lock;
  if (may_join) {
    lock.emplace(runtime.directory);
    std::string own = fingerprint(subject, options);
    join_running(plan, runtime, own, joins, subject.host.terminal);
    runtime.fingerprint = [own = std::move(own)] { return own; };
  } else {
    runtime.fingerprint = [&] { return fingerprint(subject, options); };
  }
  if (notes == Notes::said || options.verbosity == cli::Verbosity::steps) {
    for (const plan::Note& note : plan.notes)
      std::fputs(fmt::format("devbox: {}\n", note.text).c_str(), stderr);
  }
  say_unmet(plan);  // also where the command alone is to be heard
  launch::launch(plan, runtime);
}

}  // namespace devbox::commands
