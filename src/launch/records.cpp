#include "launch/records.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "host/new_file.hpp"
#include "launch/boxes.hpp"
#include "launch/group.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"

namespace devbox::launch {
namespace {

constexpr std::size_t kMostBytes = 64 * 1024;

std::string text(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Record record_of(const std::string& id, const Json& json) {
  Record record;
  record.id = id;
  record.name = text(json, "name");
  record.profile = text(json, "profile");
  record.group = text(json, "group");
  record.unit = text(json, "unit");
  record.manager = text(json, "manager");
  record.command = text(json, "command");
  const auto begun = json.find("begun");
  if (begun != json.end() && begun->is_number_integer()) record.begun = begun->get<std::int64_t>();
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
    : directory_(runtime + "/groups"), boxes_(runtime + "/boxes") {}

void Records::write(const Record& record) const {
  Json limits = Json::object();
  for (const auto& [key, shown] : record.limits) {
    std::string all = limits.contains(key) ? limits[key].get<std::string>() + ", " : "";
    limits[key] = all + shown;
  }
  if (::mkdir(directory_.c_str(), 0700) < 0 && errno != EEXIST)
    throw host::cannot("make the directory", directory_, errno);
  const Fd directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) throw host::cannot("open the directory", directory_, errno);
  host::NewFile file(directory.get(), directory_, 0600);
  file.write(json_text({{"name", record.name},
                        {"profile", record.profile},
                        {"group", record.group},
                        {"unit", record.unit},
                        {"manager", record.manager},
                        {"command", record.command},
                        {"begun", record.begun},
                        {"limits", limits}}));
  file.rename(record.id);
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

std::optional<Record> Records::find(const std::string& id) const {
  const host::Contents read = host::contents(path::join(directory_, id).c_str(), kMostBytes);
  if (!read.ok()) return std::nullopt;
  const std::optional<Json> json = parse_json(read.bytes);
  if (!json || !json->is_object()) return std::nullopt;
  return record_of(id, *json);
}

std::vector<Record> Records::running() const {
  std::vector<Record> found;
  for (const std::string& id : ids()) {
    if (!runs(id)) continue;
    if (std::optional<Record> record = find(id)) found.push_back(std::move(*record));
  }
  std::sort(found.begin(), found.end(),
            [](const Record& one, const Record& other) { return one.begun < other.begun; });
  return found;
}

std::vector<std::string> Records::without_group() const {
  const std::vector<std::string> recorded = ids();
  std::vector<std::string> found;
  for (std::string& id : names_in(boxes_)) {
    if (!std::binary_search(recorded.begin(), recorded.end(), id) && runs(id))
      found.push_back(std::move(id));
  }
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
  const bool is_ours = record && record->unit.empty() &&
                       path::filename(record->group) == kOwnPrefix + id &&
                       record->group.starts_with("/sys/fs/cgroup/");
  if (!is_ours || remove_group(record->group)) remove(id);
}

}  // namespace devbox::launch
