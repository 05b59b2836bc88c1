#include "launch/records.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <variant>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "init/protocol.hpp"
#include "kernel/privilege.hpp"
#include "launch/boxes.hpp"
#include "launch/group.hpp"
#include "launch/words.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/json.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::launch {
namespace {

constexpr std::size_t kMostBytes = 4 << 20;  // ARG_MAX bounds an environment (execve(2))

std::string text(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <class Value>
Value number(const Json& json, const char* key, Value otherwise) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_integer() ? found->get<Value>() : otherwise;
}

template <class Value>
std::optional<Value> maybe_number(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<Value>();
}

bool flag(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}

constexpr const char* kOff = "off";
constexpr const char* kStrict = "strict";
constexpr const char* kDefault = "default";

const char* seccomp_word(const Confinement& confinement) {
  if (!confinement.filtered) return kOff;
  return confinement.filter == kernel::Filter::strict ? kStrict : kDefault;
}

Json json_of(const Joined& joined) {
  Json json = {{"capabilities", joined.confinement.capabilities},
               {"seccomp", seccomp_word(joined.confinement)},
               {"pretends_ownership", joined.confinement.pretends_ownership},
               {"own_network", joined.own_network},
               {"rlimits", joined.rlimits}};
  if (!joined.process.affinity.empty()) json["affinity"] = joined.process.affinity;
  if (joined.process.nice) json["nice"] = *joined.process.nice;
  if (joined.process.oom_score_adj) json["oom_score_adj"] = *joined.process.oom_score_adj;
  return json;
}

// What is not there means the most confined.
Joined joined_of(const Json& json) {
  Joined joined;
  joined.confinement.capabilities = number<std::uint64_t>(json, "capabilities", 0);
  const std::string seccomp = text(json, "seccomp");
  joined.confinement.filtered = seccomp != kOff;
  joined.confinement.filter =
      seccomp == kDefault ? kernel::Filter::standard : kernel::Filter::strict;
  joined.confinement.pretends_ownership = flag(json, "pretends_ownership");
  joined.own_network = flag(json, "own_network");
  joined.rlimits = text(json, "rlimits");
  const auto affinity = json.find("affinity");
  if (affinity != json.end() && affinity->is_array()) {
    for (const Json& cpu : *affinity) {
      if (cpu.is_number_unsigned()) joined.process.affinity.push_back(cpu.get<unsigned>());
    }
  }
  joined.process.nice = maybe_number<int>(json, "nice");
  joined.process.oom_score_adj = maybe_number<int>(json, "oom_score_adj");
  return joined;
}

Json json_of(const Record& record) {
  Json limits = Json::object();
  for (const auto& [key, shown] : record.limits) {
    std::string all = limits.contains(key) ? limits[key].get<std::string>() + ", " : "";
    limits[key] = all + shown;
  }
  return {{"name", record.name},
          {"profile", record.profile},
          {"identity", record.identity},
          {"fingerprint", record.fingerprint},
          {"version", record.version},
          {"pid", record.pid},
          {"kept", record.kept},
          {"persistent", record.persistent},
          {"leaves", record.leaves},
          {"source", record.source},
          {"target", record.target},
          {"cwd", record.cwd},
          {"joined", json_of(record.joined)},
          {"group", record.group},
          {"unit", record.unit},
          {"manager", record.manager},
          {"command", record.command},
          {"begun", record.begun},
          {"limits", limits}};
}

Record record_of(const std::string& id, const Json& json) {
  Record record;
  record.id = id;
  record.name = text(json, "name");
  record.profile = text(json, "profile");
  record.identity = text(json, "identity");
  record.fingerprint = text(json, "fingerprint");
  record.version = text(json, "version");
  record.pid = number<pid_t>(json, "pid", -1);
  record.kept = flag(json, "kept");
  record.persistent = flag(json, "persistent");
  record.leaves = flag(json, "leaves");
  record.source = text(json, "source");
  record.target = text(json, "target");
  record.cwd = text(json, "cwd");
  const auto joined = json.find("joined");
  if (joined != json.end() && joined->is_object()) record.joined = joined_of(*joined);
  record.group = text(json, "group");
  record.unit = text(json, "unit");
  record.manager = text(json, "manager");
  record.command = text(json, "command");
  record.begun = number<std::int64_t>(json, "begun", 0);
  const auto limits = json.find("limits");
  if (limits == json.end() || !limits->is_object()) return record;
  for (const auto& limit : limits->items()) {
    if (limit.value().is_string())
      record.limits.emplace_back(limit.key(), limit.value().get<std::string>());
  }
  return record;
}

// Sorted; without those that begin with a dot.
constexpr std::size_t kAll = ~std::size_t{0};

std::vector<std::string> names_in(const std::string& path, std::size_t most = kAll) {
  std::vector<std::string> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (!directory) return found;
  while (const struct dirent* entry = ::readdir(directory.get())) {
    if (found.size() == most) break;
    const std::string name = entry->d_name;
    if (!name.starts_with('.')) found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

std::int64_t boot_time() {
  struct timespec now {};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

std::string Record::limit(std::string_view key) const {
  for (const auto& [of, shown] : limits) {
    if (of == key) return shown;
  }
  return {};
}

Records::Records(const std::string& runtime)
    : directory_(runtime + "/records"), boxes_(runtime + "/boxes") {}

std::uint64_t capability_bits(const std::vector<std::string>& names) {
  std::uint64_t bits = 0;
  for (const std::string& name : names) {
    const int number = kernel::capability_number(name.c_str());
    if (number < 0)
      throw Error(fmt::format("cannot keep the capability {}: this devbox does not know it",
                              printable(name)));
    bits |= std::uint64_t{1} << static_cast<unsigned>(number);
  }
  return bits;
}

bool is_alive(const Record& record) {
  if (record.pid <= 0) return false;
  constexpr std::size_t kMostWords = 4 << 20;
  const std::string file = fmt::format("/proc/{}/cmdline", record.pid);
  const host::Contents line = host::contents(file.c_str(), kMostWords);
  if (!line.ok()) return false;
  const std::vector<std::string> words = split(line.bytes, '\0');
  return words.size() > init::kBoxName && words[init::kBoxName] == record.id;
}

Record record_of(const plan::Plan& plan, const std::string& id) {
  Record record;
  record.id = id;
  record.name = plan.name;
  record.profile = plan.profile;
  record.identity = plan.identity;
  record.persistent = plan.root_mode == plan::Root::persistent;
  record.cwd = plan.cwd;
  for (const plan::Mount& mount : plan.mounts) {
    const auto* bind = std::get_if<plan::Bind>(&mount);
    if (bind == nullptr || bind->why != plan::kWorkspace) continue;
    record.source = bind->source;
    record.target = bind->target;
  }
  Joined& joined = record.joined;
  joined.confinement.capabilities = capability_bits(plan.capabilities);
  joined.confinement.filtered = plan.seccomp != plan::Seccomp::off;
  joined.confinement.filter =
      plan.seccomp == plan::Seccomp::strict ? kernel::Filter::strict : kernel::Filter::standard;
  joined.confinement.pretends_ownership = plan.pretends_ownership;
  joined.own_network = plan.network != plan::Network::host;
  joined.rlimits = rlimits_text(plan.limits.rlimits);
  joined.process = on_process(plan.limits);
  record.command = plan.argv.front();
  record.begun = boot_time();
  return record;
}

void Records::write(const Record& record, const std::vector<std::string>& env) const {
  std::string bytes = json_line(json_of(record));
  for (const std::string& variable : env) bytes.append(variable).push_back('\0');
  write_bytes(record.id, bytes);
}

void Records::change(const Record& record) const {
  const std::string before = bytes(record.id);
  const std::size_t end = before.find('\n');
  const std::string env = end == std::string::npos ? "" : before.substr(end + 1);
  write_bytes(record.id, json_line(json_of(record)) + env);
}

// Not synced: it is gone with the machine's boxes.
void Records::write_bytes(const std::string& id, const std::string& bytes) const {
  constexpr int kNew = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  const std::string part = path::join(directory_, "." + id);
  Fd file(::open(part.c_str(), kNew, 0600));
  if (!file && errno == ENOENT) {
    if (::mkdir(directory_.c_str(), 0700) < 0 && errno != EEXIST)
      throw host::cannot("make the directory", directory_, errno);
    file.reset(::open(part.c_str(), kNew, 0600));
  }
  if (!file) throw host::cannot("make the file", part, errno);
  const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
  const bool whole = written == static_cast<ssize_t>(bytes.size());
  if (whole && ::rename(part.c_str(), path(id).c_str()) == 0) return;
  const int err = written >= 0 && !whole ? ENOSPC : errno;
  ::unlink(part.c_str());
  throw host::cannot("write", path(id), err);
}

std::string Records::bytes(const std::string& id) const {
  const host::Contents read = host::contents(path(id).c_str(), kMostBytes);
  return read.ok() ? read.bytes : std::string();
}

std::vector<std::string> Records::environment(const std::string& id) const {
  const std::string all = bytes(id);
  const std::size_t end = all.find('\n');
  if (end == std::string::npos) return {};
  std::vector<std::string> env = split(std::string_view(all).substr(end + 1), '\0');
  if (!env.empty() && env.back().empty()) env.pop_back();
  return env;
}

std::vector<std::string> Records::ids() const { return names_in(directory_); }

// Nobody reads the FIFO of a box that is gone (ENXIO of open(2)). While its launcher lives, what
// its group has counted may still be read.
bool Records::runs(const std::string& id) const {
  if (!Boxes::launcher_is_dead(id.c_str())) return true;  // no owner is made of whoever only looks
  const Fd writer(
      ::open(path::join(boxes_, id).c_str(), O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  return static_cast<bool>(writer);
}

std::optional<Record> Records::find(const std::string& id) const { return find(id, ""); }

std::optional<Record> Records::find(const std::string& id, const std::string& words) const {
  const std::string all = bytes(id);
  const std::string_view line = std::string_view(all).substr(0, all.find('\n'));
  if (line.find(words) == std::string_view::npos) return std::nullopt;
  const std::optional<Json> json = parse_json(line);
  if (!json || !json->is_object()) return std::nullopt;
  return record_of(id, *json);
}

std::vector<Record> Records::running() const { return running_with(""); }

std::vector<Record> Records::running(const std::string& identity) const {
  return running_with(identity);
}

// `words` are looked for in the text, before it is read as JSON.
std::vector<Record> Records::running_with(const std::string& words) const {
  std::vector<Record> found;
  for (const std::string& id : ids()) {
    std::optional<Record> record = find(id, words);
    if (!record || (!words.empty() && record->identity != words)) continue;
    if (is_alive(*record)) found.push_back(std::move(*record));
  }
  std::sort(found.begin(), found.end(),
            [](const Record& one, const Record& other) { return one.begun < other.begun; });
  return found;
}

void Records::remove(const std::string& id) const { ::unlink(path(id).c_str()); }

std::string Records::path(const std::string& id) const { return path::join(directory_, id); }

void Records::sweep(const std::string& dead) const {
  for (const std::string& id : ids()) sweep_one(id, dead);
}

void Records::sweep_some() const {
  constexpr std::size_t kSome = 32;
  for (const std::string& id : names_in(directory_, kSome)) sweep_one(id, "");
}

void Records::sweep_one(const std::string& id, const std::string& dead) const {
  if (id != dead && runs(id)) return;
  const std::optional<Record> record = find(id);
  // What is not ours, or not to be read, is nobody's to remove but the user's.
  const bool is_ours = record && !record->group.empty() && record->unit.empty() &&
                       path::filename(record->group) == kOwnPrefix + id &&
                       record->group.starts_with("/sys/fs/cgroup/");
  if (!is_ours || remove_group(record->group)) remove(id);
}

}  // namespace devbox::launch
