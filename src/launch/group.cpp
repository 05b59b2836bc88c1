#include "launch/group.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "host/cannot.hpp"
#include "host/cgroups.hpp"
#include "host/files.hpp"
#include "host/helper.hpp"
#include "launch/boxes.hpp"
#include "scope/protocol.hpp"
#include "util/cpu_list.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::launch {
namespace {

constexpr unsigned kMostCpu = 8191;
constexpr int kGroupFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string read_at(int group, const std::string& file) {
  return host::kernel_text(group, file.c_str());
}

// 0, or the errno. One write(2): the kernel takes each as a whole.
int write_at(int group, const char* file, std::string_view text) {
  const Fd fd(::openat(group, file, O_WRONLY | O_CLOEXEC));
  if (!fd) return errno;
  ssize_t written = 0;
  do {
    written = ::write(fd.get(), text.data(), text.size());
  } while (written < 0 && errno == EINTR);
  return written == static_cast<ssize_t>(text.size()) ? 0 : errno;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Amounts of memory are kept in whole pages.
bool same_amount(const std::string& found, const std::string& wanted) {
  const std::optional<std::uint64_t> one = number(found);
  const std::optional<std::uint64_t> other = number(wanted);
  if (!one || !other) return false;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return *one / page == *other / page;
}

// "259:0 rbps=5" is in a line of what io.max has: "259:0 rbps=5 wbps=max riops=max wiops=max". A
// disk of which all is "max" has no line.
bool has_device(const std::string& found, const std::string& wanted) {
  const std::vector<std::string> words = split(wanted, ' ');
  std::vector<std::string> there = {words.front(), "rbps=max", "wbps=max", "riops=max",
                                    "wiops=max"};
  for (const std::string& line : split(found, '\n')) {
    if (line.starts_with(words.front() + " ")) there = split(line, ' ');
  }
  return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(there.begin(), there.end(), word) != there.end();
  });
}

bool took(const plan::GroupValue& value, const std::string& found) {
  if (found == value.value) return true;
  if (value.file == "io.max") return has_device(found, value.value);
  if (value.file == "io.weight") return split(found, '\n').front() == "default " + value.value;
  if (value.file == "cpuset.cpus")
    return parse_cpu_list(found, kMostCpu) == parse_cpu_list(value.value, kMostCpu);
  const bool is_amount = value.controller == "memory" && value.file != "memory.oom.group";
  if (is_amount) return same_amount(found, value.value);
  return found == value.value;
}

bool is_there(int group, const char* file) { return ::faccessat(group, file, F_OK, 0) == 0; }

std::string why_not_written(int group, const plan::GroupValue& value, int err) {
  const std::vector<std::string> there = split(read_at(group, "cgroup.controllers"), ' ');
  if (std::find(there.begin(), there.end(), value.controller) == there.end())
    return fmt::format("the controller {} is not delegated to the box's group", value.controller);
  if (err == ENOENT) return fmt::format("this kernel has no {}", value.file);
  if (err == ENODEV || err == ENXIO)
    return fmt::format("the kernel knows no such disk ({})", value.shown);
  return fmt::format("{}: {}", value.file, host::errno_text(err));
}

// What a group above allows may be less.
std::string why_no_cpus(int group, const plan::GroupValue& value) {
  if (value.file != "cpuset.cpus") return {};
  const std::string effective = read_at(group, "cpuset.cpus.effective");
  if (parse_cpu_list(effective, kMostCpu) == parse_cpu_list(value.value, kMostCpu)) return {};
  return fmt::format("the group above it has the processors {}", effective);
}

// Groups of launchers that were killed between making one and starting a box in it. One that
// somebody lives in cannot be removed so (EBUSY).
void remove_stillborn(int parent) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(
      ::fdopendir(::openat(parent, ".", kGroupFlags)), ::closedir);
  if (!directory) return;
  const std::string_view prefix = kOwnPrefix;
  while (const struct dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    const bool is_dead =
        name.starts_with(prefix) && Boxes::launcher_is_dead(entry->d_name + prefix.size());
    if (is_dead) ::unlinkat(parent, entry->d_name, AT_REMOVEDIR);
  }
}

// Everybody in `directory` goes one down, so that it may hand on its controllers.
int clear(int group) {
  if (::mkdirat(group, host::kOutside, 0755) < 0 && errno != EEXIST) return errno;
  const Fd outside(::openat(group, host::kOutside, kGroupFlags));
  if (!outside) return errno;
  constexpr int kRounds = 16;  // others may start processes meanwhile
  for (int round = 0; round < kRounds; ++round) {
    const std::string processes = read_at(group, "cgroup.procs");
    if (processes.empty()) return 0;
    for (const std::string& process : split(processes, '\n')) {
      if (process == "0") return EXDEV;  // of another pid namespace
      const int err = write_at(outside.get(), "cgroup.procs", process);
      if (err != 0 && err != ESRCH) return err;
    }
  }
  return EBUSY;
}

// Lets the groups below have those controllers.
int hand_on(int group, const std::set<std::string>& controllers) {
  const std::vector<std::string> there = split(read_at(group, "cgroup.subtree_control"), ' ');
  for (const std::string& controller : controllers) {
    if (std::find(there.begin(), there.end(), controller) != there.end()) continue;
    int err = write_at(group, "cgroup.subtree_control", "+" + controller);
    if (err == EBUSY) {
      if (err = clear(group); err != 0) return err;
      err = write_at(group, "cgroup.subtree_control", "+" + controller);
    }
    if (err != 0) return err;
  }
  return 0;
}

// The kernel's files are no names to be removed; the groups are the directories (cgroups(7),
// "Removing cgroups").
void remove_groups_below(int group, int depth) {
  constexpr int kDeepest = 64;
  if (depth > kDeepest) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(
      ::fdopendir(::openat(group, ".", kGroupFlags)), ::closedir);
  if (!directory) return;
  while (const struct dirent* entry = ::readdir(directory.get())) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    const Fd below(::openat(group, entry->d_name, kGroupFlags));
    if (below) remove_groups_below(below.get(), depth + 1);
    ::unlinkat(group, entry->d_name, AT_REMOVEDIR);
  }
}

}  // namespace

std::pair<std::string, std::string> why_no_scope(const host::Helped& helped,
                                                 const std::string& directory) {
  std::string said = printable(split(helped.output, '\n').front());
  const std::string asked = fmt::format("the systemd that listens in {}", printable(directory));
  switch (static_cast<scope::Status>(helped.status)) {
    case scope::Status::no_manager:
      return {fmt::format("{} is not there ({})", asked, said),
              "log in as that user rather than through su or sudo, or `loginctl enable-linger`"};
    case scope::Status::deadline:
      return {fmt::format("{} does not answer", asked),
              "`systemctl --user status` shows whether it works"};
    case scope::Status::other_namespace:
      return {fmt::format("{} numbers processes otherwise than this container", asked),
              "start devbox outside, or give the container a cgroup of its own that is writable"};
    case scope::Status::refused:
    case scope::Status::not_started:
    case scope::Status::lost:
      return {fmt::format("{} gave no scope: {}", asked, said), "`journalctl --user` says more"};
    case scope::Status::done:
    case scope::Status::usage:
      break;
  }
  return {fmt::format("devbox-scope failed (status {}) {}", helped.status, said),
          "run it by itself to see what it lacks: it lies beside devbox-init"};
}

std::string set_value(int group, const plan::GroupValue& value) {
  std::string file = value.file;
  // The BFQ scheduler has a file of its own (Documentation/block/bfq-iosched.rst).
  if (file == "io.weight" && !is_there(group, "io.weight") && is_there(group, "io.bfq.weight"))
    file = "io.bfq.weight";
  std::string found = read_at(group, file);
  if (took(value, found)) return why_no_cpus(group, value);  // systemd has written it
  if (const int err = write_at(group, file.c_str(), value.value); err != 0)
    return why_not_written(group, value, err);
  found = read_at(group, file);
  if (!took(value, found))
    return fmt::format("{} is \"{}\" where \"{}\" was written", file, printable(found),
                       value.value);
  return why_no_cpus(group, value);
}

BoxGroup::BoxGroup(const plan::Group& plan, const std::string& name, std::string scope)
    : plan_(plan), scope_(std::move(scope)) {
  if (plan.from == plan::GroupFrom::own) {
    path_ = path::join(plan.parent, kOwnPrefix + name);
    make_own();
  } else if (plan.from == plan::GroupFrom::manager) {
    unit_ = fmt::format("devbox-{}.scope", name);
  }
}

BoxGroup::~BoxGroup() {
  if (made_by_us_ && !kept_) ::rmdir(path_.c_str());
}

bool BoxGroup::holds(std::string_view file) const {
  return std::find(held_.begin(), held_.end(), file) != held_.end();
}

void BoxGroup::make_own() {
  const Fd parent(::open(plan_.parent.c_str(), kGroupFlags));
  if (!parent) throw host::cannot("open the cgroup", plan_.parent, errno);
  std::set<std::string> controllers;
  for (const plan::GroupValue& value : plan_.values) controllers.insert(value.controller);
  if (plan_.delegated || plan_.measured) {
    for (const std::string& controller : host::controllers_of(plan_.parent))
      controllers.insert(controller);
  }
  if (const int err = hand_on(parent.get(), controllers); err != 0) {
    throw Error(
        fmt::format("cannot hand on the controllers of the cgroup {}: {}", printable(plan_.parent),
                    err == EXDEV ? "processes of another pid namespace stand in it"
                                 : host::errno_text(err)),
        "no process may stand in a group that hands on its controllers; start devbox in a "
        "group of its own");
  }
  remove_stillborn(parent.get());
  if (::mkdir(path_.c_str(), 0755) < 0) throw host::cannot("make the cgroup", path_, errno);
  made_by_us_ = true;
  directory_.reset(::open(path_.c_str(), kGroupFlags));
  if (!directory_) throw host::cannot("open the cgroup", path_, errno);
  fill();
}

void BoxGroup::take(pid_t pid, const std::string& description) {
  if (made_by_us_) {
    const int err = write_at(directory_.get(), "cgroup.procs", std::to_string(pid));
    if (err != 0) throw host::cannot("move the box into the cgroup", path_, err);
    return;
  }
  try {
    open_scope(host::run_helper(scope_words(pid, description), STDIN_FILENO,
                                [](std::string_view) {}, {"XDG_RUNTIME_DIR=" + plan_.manager}));
  } catch (const Error& error) {  // devbox-scope cannot be started
    no_scope(error.message(), error.hint());
  }
  if (directory_) fill();
}

std::vector<std::string> BoxGroup::scope_words(pid_t pid, const std::string& description) const {
  std::vector<std::string> words = {scope_, std::string(scope::kStart), unit_, std::to_string(pid),
                                    description};
  for (const plan::GroupValue& value : plan_.values)
    words.insert(words.end(), value.properties.begin(), value.properties.end());
  // Else it has systemd's own, a share of what the machine may have (DefaultTasksMax= of
  // systemd-system.conf(5)), which nobody asked for.
  const bool has_pids =
      std::any_of(plan_.values.begin(), plan_.values.end(),
                  [](const plan::GroupValue& value) { return value.file == "pids.max"; });
  if (!has_pids) words.emplace_back("TasksMax=infinity");
  if (plan_.measured)
    words.insert(words.end(), {"CPUAccounting=yes", "MemoryAccounting=yes", "TasksAccounting=yes",
                               "IOAccounting=yes"});
  return words;
}

void BoxGroup::open_scope(const host::Helped& helped) {
  if (helped.status != static_cast<int>(scope::Status::done)) {
    auto [why, fix] = why_no_scope(helped, plan_.manager);
    return no_scope(std::move(why), std::move(fix));
  }
  const std::string group = split(helped.output, '\n').front();
  path_ = host::kCgroupMount + group;
  directory_.reset(::open(path_.c_str(), kGroupFlags));
  if (!directory_)
    no_scope(fmt::format("its scope {} is not in {}", printable(group), host::kCgroupMount), "");
}

void BoxGroup::no_scope(std::string why, std::string fix) {
  plan::Unmet unmet{{}, std::move(why), std::move(fix)};
  for (const plan::GroupValue& value : plan_.values) {
    if (unmet.keys.empty() || unmet.keys.back() != value.key) unmet.keys.push_back(value.key);
  }
  if (plan_.delegated) unmet.keys.emplace_back("limits.cgroup");
  if (plan_.measured) unmet.keys.emplace_back("--stats");
  unmet_.push_back(std::move(unmet));
  path_.clear();
  unit_.clear();
}

void BoxGroup::fill() {
  for (const plan::GroupValue& value : plan_.values) {
    std::string why = set_value(directory_.get(), value);
    if (why.empty()) {
      held_.push_back(value.file);
    } else {
      unmet_.push_back({{value.key}, std::move(why), {}});
    }
  }
}

bool remove_group(const std::string& path) {
  const Fd group(::open(path.c_str(), kGroupFlags));
  if (!group) return errno == ENOENT;
  write_at(group.get(), "cgroup.kill", "1");  // from Linux 5.14
  constexpr int kRounds = 50;
  for (int round = 0; round < kRounds; ++round) {
    remove_groups_below(group.get(), 0);
    if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return true;
    if (errno != EBUSY) return false;
    for (const std::string& process : split(read_at(group.get(), "cgroup.procs"), '\n')) {
      if (const auto pid = number(process); pid && *pid > 0)
        ::kill(static_cast<pid_t>(*pid), SIGKILL);
    }
    ::usleep(2000);  // the dead are still leaving
  }
  return false;
}

}  // namespace devbox::launch
