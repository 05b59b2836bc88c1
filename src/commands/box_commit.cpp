// box commit: of a persistent root and its image another image, which the lock file pins.
#include <fmt/format.h>

#include <cstdio>

#include "commands/changes_text.hpp"
#include "commands/commands.hpp"
#include "commands/image.hpp"
#include "commands/kept_root.hpp"
#include "commands/pin.hpp"
#include "commands/progress.hpp"
#include "launch/root_lock.hpp"
#include "profile/image_source.hpp"
#include "store/lock_file.hpp"
#include "util/amount.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

// Before anything is made. Throws Error.
void require_lockable(const Subject& subject) {
  if (!profile::is_stored(subject.resolved.kind)) {
    throw Error(fmt::format("{} has an image that nothing pins: it is used as it is",
                            printable(subject.profile.path)),
                "`devbox image import` takes an archive of it into the store");
  }
  if (!subject.resolved.pin.empty()) {
    throw Error(fmt::format("{} pins its image itself, by `image.digest`, so that no lock file can "
                            "pin another",
                            printable(subject.profile.path)),
                fmt::format("take `digest` out, and run `devbox lock -p {}` first",
                            printable(subject.profile.path)));
  }
}

// What is remembered of the tree: what the image says of itself, and what it was made of.
Json remembered(const Subject& subject, const store::Pinned& store, const std::string& base) {
  Json more = {{"commit",
                {{"tree", "sha256:" + base},
                 {"source", source_text(subject)},
                 {"profile", subject.profile.path}}},
               {"platform", platform_of(subject)}};
  for (const store::PinnedTree& source : store.list()) {
    const auto config = source.info.find("config");
    if (source.tree == base && config != source.info.end()) more["config"] = *config;
  }
  return more;
}

// Whether anything does, beside what devbox itself has put there.
bool tell_what_differs(store::WrittenRoot root, const Subject& subject) {
  root.generated = generated_in(subject);
  std::vector<store::WrittenChange> found;
  const store::Changes all =
      store::changes(subject.installation.image, root,
                     [&](const store::WrittenChange& change) { found.push_back(change); });
  say(changes_summary(found));
  if (all.sockets > 0)
    say(fmt::format("{} sockets are left out: no image can have one", all.sockets));
  return !found.empty();
}

store::Imported make(const Subject& subject, const store::WrittenRoot& root,
                     const std::string& name) {
  const store::Pinned store = store_for(subject);
  store::Imported imported;
  {
    ProgressLine line;
    imported = store::commit(store, subject.installation.image, root, name,
                             remembered(subject, store, root.tree),
                             [&](const store::Step& step) { line.show(step); });
  }
  say_notes(imported);
  return imported;
}

}  // namespace

int box_commit(const cli::BoxCommit& verb) {
  const Subject subject = persistent(verb.profile);
  require_lockable(subject);
  const store::StoredRoot root = current_root(subject);
  const std::string profile = printable(subject.profile.path);
  if (!is_begun(root)) {
    say(fmt::format("nothing was written to the persistent root of {}", profile));
    return 0;
  }
  const Fd lock = launch::lock_root(root.directory, subject.profile.path);
  const store::WrittenRoot written = written_in(subject, root);
  if (!tell_what_differs(written, subject)) return 0;
  profile::Lock pins = required_lock(subject, profile::LockPart::whole);
  const store::Imported made =
      make(subject, written, verb.name.empty() ? subject.profile.name : verb.name);
  pins.platforms.at(platform_of(subject)).committed = made.tree;
  const std::string path = store::lock_path(subject.found, subject.host);
  store::write_lock(path, profile::lock_text(pins, path::filename(subject.profile.path)));
  if (verb.reset)
    launch::discard_root(root.directory, scratch_directory(subject.host), subject.host);
  say(
      fmt::format("{} names, {}; {} pins it, and the next box begins on it with an empty "
                  "persistent root",
                  made.names, size_text(made.bytes), printable(path)));
  if (!verb.reset)
    say("what was written stays beside it until `devbox box reset --old` throws it away");
  say(
      fmt::format("it is on this machine alone: `devbox image push -p {} docker://REFERENCE` gives "
                  "it to others, who pin that; `devbox lock --update` goes back to {}",
                  profile, printable(source_text(subject))));
  return print("sha256:" + made.tree + "\n");
}

}  // namespace devbox::commands
