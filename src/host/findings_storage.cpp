#include <fmt/format.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "host/findings.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

constexpr std::uint64_t kFullBytes = std::uint64_t{1} << 20;  // less is as good as nothing
constexpr std::uint64_t kFullInodes = 16;

struct Use {
  const char* name;
  const Storage& storage;
  Feature feature;
};

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
  return bytes >= kGiB ? fmt::format("{} GiB", bytes / kGiB) : fmt::format("{} MiB", bytes >> 20);
}

Refusal cannot_use(const Storage& storage, int err) {
  return {
      fmt::format("{}: {}", storage.there.empty() ? storage.path : storage.there, errno_text(err)),
      std::string(errno_hint(err)),
      {}};
}

std::string in_shell(const Storage& storage) { return shell_quoted(storage.there); }

bool is_private(const Machine& machine, const Storage& storage) {
  return storage.is_directory && storage.owner == machine.uid && (storage.mode & 022U) == 0;
}

// A directory of devbox's own must be this user's alone.
Refusal why_not_private(const Machine& machine, const Use& use) {
  const Storage& storage = use.storage;
  if (storage.there != storage.path || is_private(machine, storage)) return {};
  // In /tmp it may be anybody's: launch/boxes.cpp refuses it, and nothing is to be given away.
  if (use.feature == Feature::box)
    return {fmt::format("{}: {}", storage.path, kNotYoursAlone), kMakeItYours, {}};
  if (!storage.is_directory) return cannot_use(storage, ENOTDIR);
  if (storage.owner != machine.uid) {
    return {fmt::format("{} belongs to uid {}", storage.path, storage.owner),
            "remove it, or have it given to you",
            {fmt::format("sudo chown -R {} {}", machine.uid, in_shell(storage))}};
  }
  return {fmt::format("others may change {} (mode {:04o})", storage.path, storage.mode),
          "take that from them",
          {fmt::format("chmod go-w {}", in_shell(storage))}};
}

// Nothing can be written there.
Refusal why_unusable(const Machine& machine, const Use& use) {
  const Storage& storage = use.storage;
  if (storage.err != 0) return cannot_use(storage, storage.err);
  if (Refusal why = why_not_private(machine, use); !why.cause.empty()) return why;
  if (!storage.is_directory) return cannot_use(storage, ENOTDIR);
  if (storage.read_only) return cannot_use(storage, EROFS);
  if (!storage.writable) return cannot_use(storage, EACCES);
  if (storage.free_bytes < kFullBytes) return cannot_use(storage, ENOSPC);
  if (storage.free_inodes && *storage.free_inodes < kFullInodes) {
    return {fmt::format("{}: no inodes are left", storage.there),
            "remove files there; `df -i` shows the number",
            {}};
  }
  return {};
}

void find_noexec(const Use& use, Feature feature, Findings& list) {
  if (!use.storage.noexec) return;
  list.push_back(wrong(
      Section::storage, use.name, State::broken, feature,
      {fmt::format("{} is on a file system that is mounted noexec", use.storage.path),
       fmt::format(
           "`sudo mount -o remount,exec \"$(stat -c %m {})\"` allows it until the next boot, "
           "and fstab(5) keeps it; or set XDG_{}_HOME to another file system",
           printable(in_shell(use.storage)), use.feature == Feature::images ? "DATA" : "STATE"),
       {fmt::format("sudo mount -o remount,exec \"$(stat -c %m {})\"", in_shell(use.storage))}}));
}

void find_remote(const Use& use, Findings& list) {
  if (!is_remote(use.storage.type)) return;
  list.push_back(wrong(
      Section::storage, use.name, State::missing, Feature::remote_ids,
      {fmt::format("{} is on {}, whose server does not know mapped ids", use.storage.path,
                   use.storage.type),
       "set XDG_STATE_HOME and XDG_DATA_HOME to a local file system, or use `ids.map = \"self\"`",
       {}}));
}

std::string text_of(const Storage& storage) {
  std::string text = fmt::format("{}, {} free", storage.type, bytes_text(storage.free_bytes));
  if (storage.nosuid) text += ", nosuid";
  return fmt::format("{} ({})", storage.path, text);
}

void find_one(const Machine& machine, const Use& use, Findings& list) {
  if (Refusal why = why_unusable(machine, use); !why.cause.empty()) {
    list.push_back(wrong(Section::storage, use.name, State::broken, use.feature, std::move(why)));
    return;
  }
  const std::size_t before = list.size();
  if (use.feature != Feature::box) {
    find_noexec(use, use.feature == Feature::images ? Feature::images : Feature::home_programs,
                list);
    find_remote(use, list);
  }
  if (list.size() == before)
    list.push_back(fine(Section::storage, use.name, text_of(use.storage), use.feature));
}

}  // namespace

void find_storage(const Machine& machine, Findings& list) {
  find_one(machine, {"running boxes", machine.runtime, Feature::box}, list);
  find_one(machine, {"private homes", machine.state, Feature::private_home}, list);
  find_one(machine, {"store", machine.data, Feature::images}, list);
}

}  // namespace devbox::host
