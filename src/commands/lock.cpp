#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <ctime>
#include <map>

#include "commands/commands.hpp"
#include "commands/pin.hpp"
#include "commands/progress.hpp"
#include "host/platform.hpp"
#include "store/lock_file.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

// SOURCE_DATE_EPOCH where it is set (reproducible-builds.org, "SOURCE_DATE_EPOCH"), else now.
std::int64_t new_epoch(const host::Host& host) {
  const auto found = host.env.find("SOURCE_DATE_EPOCH");
  if (found == host.env.end()) return std::time(nullptr);
  const std::string& text = found->second;
  std::int64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc() || end != text.data() + text.size() || value < 0) {
    throw Error(fmt::format("SOURCE_DATE_EPOCH is {}, no number of seconds", printable(text)),
                "unset it, or set it to seconds since 1970");
  }
  return value;
}

// What is not the same now, a line each.
std::string changes(const profile::LockedImage& before, const profile::LockedImage& now) {
  std::map<std::string, std::pair<std::string, std::string>> versions;
  for (const auto& package : before.installed) versions[package.name].first = package.version;
  for (const auto& package : now.installed) versions[package.name].second = package.version;
  std::string text;
  for (const auto& [name, pair] : versions) {
    const auto& [old_version, new_version] = pair;
    if (old_version == new_version) continue;
    text += fmt::format("{}  {} -> {}\n", name, old_version.empty() ? "-" : old_version,
                        new_version.empty() ? "-" : new_version);
  }
  if (before.archive != now.archive)
    text += fmt::format("archive  sha256:{} -> sha256:{}\n", before.archive, now.archive);
  return text;
}

// The lock as it was, where it is of what the profile asks for now. One with mistakes is an error,
// but where it is to be written anew.
profile::Lock lock_before(const Subject& subject, bool update) {
  profile::Lock fresh{source_text(subject), subject.profile.image.packages, {}};
  const std::optional<profile::Text> text = store::read_lock(subject.found, subject.host);
  if (!text) return fresh;
  const auto whole = profile::LockPart::whole;
  profile::ParsedLock parsed = profile::parse_lock(text->bytes, text->path, whole);
  if (!parsed.mistakes.empty()) return update ? fresh : store::parse_lock(*text, whole);
  const bool same = parsed.lock.source == fresh.source && parsed.lock.packages == fresh.packages;
  if (same) return std::move(parsed.lock);
  return fresh;
}

}  // namespace

int lock(const cli::Lock& verb) {
  cli::BoxOptions options;
  options.profile = verb.profile;
  const Subject subject = resolve(options);
  if (!is_stored(subject.resolved) || !subject.resolved.archive_sha256.empty()) {
    std::fputs(is_stored(subject.resolved)
                   ? "devbox: nothing to lock: `image.digest` pins the image\n"
                   : "devbox: nothing to lock: the profile's image is used as it is\n",
               stderr);
    return 0;
  }
  const std::string path = store::lock_path(subject.found, subject.host);
  const std::string platform = host::platform().name;
  profile::Lock lock = lock_before(subject, verb.update);
  const auto before = lock.platforms.find(platform);
  const bool is_locked = before != lock.platforms.end();
  if (is_locked && !verb.update) {
    std::fputs(fmt::format("devbox: {} is up to date with the profile; --update pins what there is "
                           "now\n",
                           printable(path))
                   .c_str(),
               stderr);
    return 0;
  }
  // The time of before: where no package has moved, the tree is the same to the last bit.
  MadeImage made =
      make_image(subject, nullptr, is_locked ? before->second.epoch : new_epoch(subject.host));
  const std::string changed = is_locked ? changes(before->second, made.image) : "";
  // A user of one id cannot say who owns it; whoever locked it before could.
  if (is_locked && made.image.tree.empty() && made.image.plain == before->second.plain)
    made.image.tree = before->second.tree;
  lock.platforms[platform] = made.image;
  store::write_lock(path, profile::lock_text(lock, path::filename(subject.profile.path)));
  const std::size_t packages = made.image.installed.size();
  std::fputs(
      fmt::format("devbox: {} names, {}{}; wrote {}\n", made.names, size_text(made.bytes),
                  packages == 0 ? "" : fmt::format(", {} packages", packages), printable(path))
          .c_str(),
      stderr);
  if (is_locked && changed.empty()) std::fputs("devbox: nothing has moved\n", stderr);
  return print(changed);
}

}  // namespace devbox::commands
