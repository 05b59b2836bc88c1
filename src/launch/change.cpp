#include "launch/change.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "host/cannot.hpp"
#include "host/helper.hpp"
#include "launch/group.hpp"
#include "scope/protocol.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace devbox::launch {
namespace {

constexpr const char* kIo = "limits.io";

std::vector<std::string> keys_of(const std::vector<plan::GroupValue>& values) {
  std::vector<std::string> keys;
  for (const plan::GroupValue& value : values) {
    if (keys.empty() || keys.back() != value.key) keys.push_back(value.key);
  }
  return keys;
}

void tell_manager(const Record& record, const std::vector<plan::GroupValue>& values,
                  const std::string& scope, std::vector<plan::Unmet>& unmet) {
  std::vector<std::string> argv = {scope, std::string(scope::kSet), record.unit};
  for (const plan::GroupValue& value : values)
    argv.insert(argv.end(), value.properties.begin(), value.properties.end());
  const host::Helped helped = host::run_helper(argv, STDIN_FILENO, [](std::string_view) {},
                                               {"XDG_RUNTIME_DIR=" + record.manager});
  if (helped.status == 0) return;
  auto [why, fix] = why_no_scope(helped, record.manager);
  unmet.push_back(
      {keys_of(values), "its next daemon-reload takes it back: " + why, std::move(fix)});
}

// "/dev/sda read 1 MiB/s, /dev/sdb write …" with that of one disk in the place of what was there.
std::string with_disk(const std::string& text, const std::string& shown) {
  constexpr std::string_view kBetween = ", ";
  const std::string node = shown.substr(0, shown.find(' '));
  const bool is_gone = shown == node + " " + plan::kNoLimit;
  std::string all = is_gone ? "" : shown;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(kBetween, at), text.size());
    const std::string one = text.substr(at, end - at);
    if (!one.starts_with(node + " ")) all += (all.empty() ? "" : kBetween.data()) + one;
    at = end + kBetween.size();
  }
  return all;
}

}  // namespace

Changed change(const Record& record, const std::vector<plan::GroupValue>& values,
               const std::string& scope) {
  const Fd group(::open(record.group.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!group) throw host::cannot("open the cgroup of the box", record.group, errno);
  Changed changed;
  if (!record.unit.empty()) tell_manager(record, values, scope, changed.unmet);
  for (const plan::GroupValue& value : values) {
    std::string why = set_value(group.get(), value);
    if (why.empty()) {
      changed.held.push_back(value);
    } else {
      changed.unmet.push_back({{value.key}, std::move(why), {}});
    }
  }
  return changed;
}

Record with_limits(Record record, const std::vector<plan::GroupValue>& held) {
  for (const plan::GroupValue& value : held) {
    auto& limits = record.limits;
    const std::string shown =
        value.key == kIo ? with_disk(record.limit(kIo), value.shown) : value.shown;
    const auto old = std::find_if(limits.begin(), limits.end(),
                                  [&](const auto& one) { return one.first == value.key; });
    if (shown.empty() || shown == plan::kNoLimit) {
      if (old != limits.end()) limits.erase(old);
    } else if (old != limits.end()) {
      old->second = shown;
    } else {
      limits.emplace_back(value.key, shown);
    }
  }
  return record;
}

}  // namespace devbox::launch
