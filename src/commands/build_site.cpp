#include "commands/build_site.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "build/vary.hpp"
#include "commands/chosen_task.hpp"
#include "commands/pin.hpp"
#include "host/cannot.hpp"
#include "host/new_file.hpp"
#include "plan/make.hpp"
#include "profile/checks.hpp"
#include "profile/image_source.hpp"
#include "store/identity.hpp"
#include "store/remove_tree.hpp"
#include "surroundings/settings.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

constexpr const char* kEpoch = "SOURCE_DATE_EPOCH";

void say(const std::string& text) { std::fputs(fmt::format("devbox: {}\n", text).c_str(), stderr); }

Fd open_lock(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) throw host::cannot("open", path, errno);
  return fd;
}

void wait_for(const Fd& lock, const std::string& path) {
  while (::flock(lock.get(), LOCK_EX) < 0) {
    if (errno != EINTR) throw host::cannot("lock", path, errno);
  }
}

std::string holder(const Fd& lock) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(lock.get(), text.data(), text.size() - 1, 0);
  return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

std::optional<std::int64_t> epoch_in(const std::map<std::string, std::string>& variables) {
  const auto found = variables.find(kEpoch);
  if (found == variables.end()) return std::nullopt;
  const std::string& text = found->second;
  std::int64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc() || end != text.data() + text.size() || value < 0) {
    throw Error(fmt::format("{} is `{}`, which is no number of seconds", kEpoch, printable(text)),
                "the seconds since 1970 (reproducible-builds.org, SOURCE_DATE_EPOCH)");
  }
  return value;
}

std::int64_t newest(const std::string& project, const std::vector<std::string>& files) {
  std::int64_t newest = 0;
  struct stat st {};
  for (const std::string& file : files) {
    if (::lstat(path::join(project, file).c_str(), &st) == 0)
      newest = std::max<std::int64_t>(newest, st.st_mtim.tv_sec);
  }
  return newest;
}

profile::Mount file(const char* target, std::string content) {
  profile::Mount mount;
  mount.target = target;
  mount.type = profile::MountType::file;
  mount.content = std::move(content);
  return mount;
}

profile::Mount link(const char* target, std::string text) {
  profile::Mount mount;
  mount.target = target;
  mount.type = profile::MountType::symlink;
  mount.source = std::move(text);
  return mount;
}

// ld.so(8), FILES: into every program, whatever its environment.
void preload(Subject& subject, const plan::Surroundings& surroundings) {
  struct timespec now {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t start = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  std::vector<profile::Mount>& mounts = subject.profile.mounts;
  mounts.push_back(file("/etc/ld.so.preload", std::string(surroundings::kPreloadPath) + "\n"));
  mounts.push_back(link(surroundings::kPreloadPath, path::filename(surroundings::kLibraryPath)));
  mounts.push_back(file(surroundings::kSettingsPath, build::settings_at(surroundings, start)));
  subject.request.binds.push_back(
      {surroundings.preload, surroundings::kLibraryPath, profile::Access::read_only});
}

// A record may be anybody's.
void require_build_path(const std::string& path) {
  std::string mistake = profile::check_build_path(path);
  if (mistake.empty() && path::normal(path) != path) mistake = " must be in its shortest form";
  if (!mistake.empty())
    throw Error(fmt::format("the `build_path` of the record{}", mistake),
                "`devbox build --record FILE` writes one");
}

}  // namespace

BuildSite::BuildSite(const cli::Build& verb, std::optional<Fixed> fixed)
    : limits_(verb.limits), fixed_(std::move(fixed)), subject_(read_profile(verb.profile)) {
  for (profile::IoLimit& limit : limits_.io) {
    if (!limit.path.starts_with('~')) limit.path = path::absolute(limit.path, subject_.host.cwd);
  }
  choose_task(verb.task);
  find_project();
  hold_image(verb.trust);
  take_lock();
  find_sources();
}

// A worker is another process, and leaves as one.
BuildSite::~BuildSite() {
  const Fd here(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (here && lock_) store::remove_tree(here.get(), path::filename(work()));
}

void BuildSite::require_hermetic(const char* done) const {
  for (const profile::Task* task : chain_) {
    if (task->hermetic) continue;
    throw Error(
        fmt::format("the task {} is not hermetic, and cannot be {}", printable(task->name), done),
        "what it gives may depend on the network and on this host");
  }
}

void BuildSite::choose_task(const std::string& name) {
  const std::vector<profile::Task>& tasks = subject_.profile.tasks;
  if (name.empty() && tasks.size() != 1) {
    throw Error(fmt::format("{} has {} tasks", printable(subject_.profile.path),
                            tasks.empty() ? "no" : "several"),
                tasks.empty() ? "`devbox tasks` shows how one is written"
                              : "`devbox build TASK`; `devbox tasks` lists them",
                Error::Kind::usage);
  }
  const std::string& chosen = name.empty() ? tasks.front().name : name;
  chain_ = profile::in_order(tasks, chosen_task(subject_.profile, chosen).name);
}

void BuildSite::find_project() {
  const std::optional<std::string> project = store::project_of(subject_.found, subject_.host);
  if (!project) {
    throw Error(
        "there is no project to build: it would be the home directory, one of its "
        "ancestors, or one of devbox's own directories",
        "enter the project's directory, or put a devbox.toml into it");
  }
  project_ = *project;
  if (fixed_ && fixed_->build_path != project_) require_build_path(fixed_->build_path);
  const std::string identity = store::identity(subject_.profile.path, project_);
  directory_ = path::join(path::join(subject_.host.dirs.state, "builds"), identity);
  host::make_directories(directory_);
}

// Trust is asked for of the profile as a build has it: the rest it does not reach.
void BuildSite::hold_image(bool trusted) {
  for (const profile::Task* task : chain_) {
    Subject subject = furnished(*task, usual(), "", Caches::none, notes_);
    if (!trusted && !subject.asks.empty()) {
      // What was granted covers what the profile reads outside of a build, too.
      cli::BoxOptions options;
      options.profile = subject.profile.path;
      subject.digest = prepare(options, Missing::unpack).digest;
      require_trust(subject);
    }
    if (task->hermetic)
      plan::require_hermetic(subject.profile, *task, subject.resolved.host_variables);
    root_ = subject.facts.rootfs.directory;
    subject_.resolved = std::move(subject.resolved);
    subject_.request = std::move(subject.request);
    subject_.tree_lock = std::move(subject.tree_lock);
  }
}

void BuildSite::take_lock() {
  const std::string path = path::join(directory_, task().name + ".lock");
  lock_ = open_lock(path);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno != EWOULDBLOCK) throw host::cannot("lock", path, errno);
    say(fmt::format("waiting for another build of {}, which process {} does",
                    printable(task().name), printable(holder(lock_))));
    wait_for(lock_, path);
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(lock_.get(), 0) < 0 ||
      ::pwrite(lock_.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    throw host::cannot("write", path, errno);
}

void BuildSite::find_sources() {
  sources_ = build::sources(project_, chain_, subject_.profile.tasks);
  const std::optional<std::int64_t> of_task = epoch_in(task().env);
  const std::optional<std::int64_t> asked = of_task ? of_task : epoch_in(subject_.profile.env.set);
  epoch_ = fixed_                   ? fixed_->epoch
           : asked                  ? *asked
           : sources_.committed > 0 ? sources_.committed
                                    : newest(project_, sources_.files);
  snapshot_ = std::make_unique<build::Snapshot>(
      path::join(directory_, "sources"), project_, sources_.files, epoch_,
      [] { say("waiting for a build of another task, which reads the project as it was"); });
}

std::vector<std::string> BuildSite::outputs() const {
  std::vector<std::string> all;
  for (const profile::Task* task : chain_)
    all.insert(all.end(), task->outputs.begin(), task->outputs.end());
  return all;
}

std::string BuildSite::logs() const { return path::join(directory_, "logs"); }

std::string BuildSite::work() const { return path::join(directory_, task().name + ".work"); }

plan::Surroundings BuildSite::usual() const {
  plan::Surroundings surroundings;
  surroundings.build_path = fixed_                      ? fixed_->build_path
                            : task().build_path.empty() ? project_
                                                        : task().build_path;
  return surroundings;
}

Subject BuildSite::furnished(const profile::Task& task, const plan::Surroundings& surroundings,
                             const std::string& upper, Caches caches,
                             std::vector<plan::Note>& notes) const {
  Subject subject;
  subject.host = task.hermetic ? plan::hermetic(subject_.host, surroundings) : subject_.host;
  subject.installation = subject_.installation;
  subject.found = subject_.found;
  subject.profile = plan::hermetic(subject_.profile, task, surroundings, epoch_, notes);
  plan::Request& request = subject.request;
  request.command = task.run;
  request.cwd = path::join(surroundings.build_path, task.cwd);
  request.env.assign(task.env.begin(), task.env.end());
  request.limits = limits_;
  request.project_profile = subject.found.origin == store::Origin::project;
  request.project = project_;
  request.build_path = surroundings.build_path;
  request.identity = store::identity(subject.profile.path, project_);
  request.workspace_lower = snapshot_ ? tree() : "";
  request.workspace_upper = upper;
  if (task.hermetic) {
    request.hostname = surroundings.hostname;
    request.inside = surroundings.ids;
  }
  if (caches == Caches::kept) {
    for (const std::string& cache : task.cache) {
      const std::string source = path::join(path::join(directory_, "caches"), cache);
      host::make_directories(source);
      request.volumes.push_back(
          {source, path::join(path::join(subject.host.home, ".cache"), cache)});
    }
  }
  if (!surroundings.preload.empty()) preload(subject, surroundings);
  subject.resolved = plan::resolve(subject.profile, subject.host, request);
  furnish(subject, Missing::unpack);
  return subject;
}

plan::Plan BuildSite::plan(const profile::Task& task, const plan::Surroundings& surroundings,
                           const std::string& upper, Caches caches) const {
  std::vector<plan::Note> said_before;
  const Subject subject = furnished(task, surroundings, upper, caches, said_before);
  return plan::make(subject.profile, subject.resolved, subject.host, subject.facts,
                    subject.request);
}

launch::Runtime BuildSite::runtime() const { return runtime_of(subject_); }

// One build at a time: two tasks may have needed the same third.
void BuildSite::publish(const std::vector<build::Built>& built) const {
  const std::string path = path::join(directory_, "publish.lock");
  const Fd lock = open_lock(path);
  wait_for(lock, path);
  build::publish(built, project_);
}

}  // namespace devbox::commands
