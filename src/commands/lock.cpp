#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <ctime>
#include <optional>
#include <utility>

#include "commands/commands.hpp"
#include "commands/pin.hpp"
#include "commands/progress.hpp"
#include "profile/moved.hpp"
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

// What a source with layers stands for now: all of its platforms, and this machine's tree.
MadeImage make_resolved(const Subject& subject, profile::Lock& lock, Telling telling) {
  const store::ImageRequest request = image_request(subject);
  if (!request.archive.empty()) {
    MadeImage made = make_image(subject, nullptr, 0, telling);
    lock.index = made.index;
    return made;
  }
  store::ResolvedImage resolved = store::resolve_image(subject.installation.image, request);
  const std::string platform = platform_of(subject);
  const auto own = resolved.platforms.find(platform);
  if (own == resolved.platforms.end()) {
    std::string names;
    for (const auto& [name, image] : resolved.platforms) names += " " + printable(name);
    throw Error(fmt::format("{} has no image for {}", printable(request.shown), platform),
                fmt::format("it is there for{}", names));
  }
  MadeImage made = make_image(subject, &own->second, 0, telling);
  // Of another platform the tree is known to whoever has pulled it, as long as it is the same
  // image.
  for (auto& [name, image] : resolved.platforms) {
    const auto before = lock.platforms.find(name);
    if (before == lock.platforms.end() || before->second.manifest != image.manifest) continue;
    image.tree = before->second.tree;
    image.plain = before->second.plain;
    image.committed = before->second.committed;
  }
  lock.index = resolved.index;
  lock.platforms = std::move(resolved.platforms);
  return made;
}

MadeImage make_anew(const Subject& subject, profile::Lock& lock,
                    const std::optional<profile::LockedImage>& before, Telling telling) {
  if (profile::has_layers(subject.resolved.kind)) return make_resolved(subject, lock, telling);
  // The time of before: where no package has moved, the tree is the same to the last bit.
  MadeImage made =
      make_image(subject, nullptr, before ? before->epoch : new_epoch(subject.host), telling);
  // A user of one id cannot say who owns it; whoever locked it before could.
  if (before && made.image.tree.empty() && made.image.plain == before->plain)
    made.image.tree = before->tree;
  return made;
}

// What --locked refuses: a file that would be another afterwards.
void require_unchanged(const Subject& subject, const std::string& path) {
  require_pinned(subject);
  if (!subject.resolved.pin.empty()) return;
  const profile::Lock lock = required_lock(subject, profile::LockPart::whole);
  const std::string platform = platform_of(subject);
  if (!lock.platforms.at(platform).plain.empty()) return;
  throw Error(fmt::format("--locked: {} would be changed: it does not have the tree for {} yet",
                          printable(path), platform),
              "`devbox lock` without --locked adds it");
}

void say(const std::string& text) { std::fputs(("devbox: " + text + "\n").c_str(), stderr); }

}  // namespace

int lock(const cli::Lock& verb) {
  cli::BoxOptions options;
  options.profile = verb.profile;
  const Subject subject = resolve(options);
  const std::string path = store::lock_path(subject.found, subject.host);
  if (verb.locked) require_unchanged(subject, path);
  const bool is_stored = profile::is_stored(subject.resolved.kind);
  if (!is_stored || !subject.resolved.pin.empty()) {
    say(!is_stored ? "nothing to lock: the profile's image is used as it is"
                   : "nothing to lock: the profile itself pins its image by a digest");
    return 0;
  }
  const std::string platform = platform_of(subject);
  profile::Lock lock = lock_before(subject, verb.update);
  std::optional<profile::LockedImage> before;
  if (const auto found = lock.platforms.find(platform); found != lock.platforms.end())
    before = found->second;
  // A platform of the same image that nobody has pulled has no tree yet.
  if (before && !before->plain.empty() && !verb.update) {
    say(fmt::format("{} is up to date with the profile; --update pins what there is now",
                    printable(path)));
    return 0;
  }
  const profile::Lock old = lock;
  const MadeImage made = make_anew(subject, lock, before, telling(verb.quiet));
  lock.platforms[platform] = made.image;
  store::write_lock(path, profile::lock_text(lock, path::filename(subject.profile.path)));
  const std::size_t packages = made.image.installed.size();
  say(fmt::format("{} names, {}{}; wrote {}", made.names, size_text(made.bytes),
                  packages == 0 ? "" : fmt::format(", {} packages", packages), printable(path)));
  if (!before) return 0;
  if (!before->committed.empty()) {
    say(
        fmt::format("what `devbox box commit` had made is pinned no more; the store still has it: "
                    "sha256:{}",
                    before->committed));
  }
  std::string changed;
  for (const profile::Moved& one : profile::moved(old, lock)) changed += one.text() + "\n";
  if (changed.empty()) say("nothing has moved");
  return print(changed);
}

}  // namespace devbox::commands
