// box diff: what a persistent root holds beyond its image.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "commands/changes_text.hpp"
#include "commands/commands.hpp"
#include "commands/kept_root.hpp"
#include "util/amount.hpp"
#include "util/json.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

bool is_asked(const std::string& path, const std::vector<std::string>& asked) {
  return asked.empty() || std::any_of(asked.begin(), asked.end(), [&](const std::string& one) {
           return path::is_within(path, one);
         });
}

void say_others(const Subject& subject, const store::StoredRoot& shown) {
  std::string keys;
  for (const store::StoredRoot& root : roots_of(subject)) {
    if (root.key != shown.key) keys += " " + root.key.substr(0, 12);
  }
  if (keys.empty()) return;
  say(
      fmt::format("on other trees this profile has more persistent roots:{}; `--key KEY` shows "
                  "one, `devbox box reset --old` throws them away",
                  printable(keys)));
}

}  // namespace

int box_diff(const cli::BoxDiff& verb) {
  const Subject subject = persistent(verb.profile);
  const store::StoredRoot root =
      verb.key.empty() ? current_root(subject) : root_with_key(subject, verb.key);
  std::vector<store::WrittenChange> found;
  store::Changes all;
  if (is_begun(root)) {
    store::WrittenRoot written = written_in(subject, root);
    written.generated = generated_in(subject);
    all = store::changes(subject.installation.image, written,
                         [&](const store::WrittenChange& change) {
                           if (is_asked(change.path, verb.paths)) found.push_back(change);
                         });
  }
  if (verb.json) {
    print(json_text({{"profile", subject.profile.path},
                     {"key", root.key},
                     {"tree", root.tree},
                     {"changes", changes_json(found)},
                     {"bytes_on_disk", all.bytes}}));
    return 0;
  }
  print(changes_text(found));
  say(changes_summary(found) +
      (is_begun(root) ? fmt::format("; on disk {}", rough_size(all.bytes)) : std::string()));
  if (all.sockets > 0)
    say(fmt::format("{} sockets are left out: no image can have one", all.sockets));
  say_others(subject, root);
  return 0;
}

}  // namespace devbox::commands
