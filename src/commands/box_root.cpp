// box ls and reset.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "commands/columns.hpp"
#include "commands/commands.hpp"
#include "commands/kept_root.hpp"
#include "host/id_maps.hpp"
#include "host/mapped.hpp"
#include "host/probe.hpp"
#include "launch/root_lock.hpp"
#include "store/walk.hpp"
#include "util/amount.hpp"
#include "util/error.hpp"
#include "util/json.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

constexpr std::uint64_t kBlock = 512;  // of st_blocks (stat(2))

std::uint64_t disk_of(const std::string& directory) {
  std::uint64_t bytes = 0;
  store::walk(directory, [&](const store::Visited& visited) {
    bytes += static_cast<std::uint64_t>(visited.status.st_blocks) * kBlock;
  });
  return bytes;
}

// Where a directory of another id is closed to the user, as who may open it.
std::uint64_t size_of(const store::StoredRoot& root, const host::Host& host) {
  const std::string upper = root.directory + "/upper";
  try {
    return disk_of(upper);
  } catch (const Error& error) {
    const host::SubordinateIds ranges = host::subordinate_ids(host);
    if (error.err() != EACCES || ranges.uids.empty() || ranges.gids.empty()) throw;
    return std::stoull(host::run_mapped(host::with_user_as_root(host, ranges), host.user,
                                        "to look at files of other ids in",
                                        [&] { return std::to_string(disk_of(upper)); }));
  }
}

std::string tree_text(const store::StoredRoot& root) { return root.tree.empty() ? "?" : root.tree; }

bool confirmed(const std::string& question) {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) {
    throw Error(fmt::format("{}: there is nobody to ask", question),
                "`--yes` does it without asking", Error::Kind::usage);
  }
  std::fputs(fmt::format("devbox: {}? [y/N] ", question).c_str(), stderr);
  char answer[8] = "";
  if (std::fgets(answer, sizeof answer, stdin) == nullptr) return false;
  const std::string_view said = answer;
  return said == "y\n" || said == "Y\n" || said == "yes\n";
}

// Where others than the user may own some of it.
host::IdMaps ids_of(const Subject& subject) {
  if (subject.resolved.map != profile::IdMap::subids) return {};
  return host::with_user_as_root(subject.host, host::subordinate_ids(subject.host));
}

int reset_paths(const cli::BoxReset& verb, const Subject& subject, const store::StoredRoot& root) {
  const std::string shown = command_text(verb.paths);
  if (!verb.yes && !confirmed(fmt::format("make {} of {} what the image has", shown,
                                          printable(subject.profile.path))))
    return 1;
  const Fd lock = launch::lock_root(root.directory, subject.profile.path);
  const std::vector<bool> found = launch::discard_paths(
      root.directory, verb.paths, scratch_directory(subject.host), subject.host, ids_of(subject));
  for (std::size_t i = 0; i < found.size(); ++i) {
    say(fmt::format("{} {}", printable(verb.paths[i]),
                    found[i] ? "is what the image has" : "was what the image has"));
  }
  return 0;
}

int reset_old(const cli::BoxReset& verb, const Subject& subject, const std::string& current) {
  std::vector<store::StoredRoot> old = roots_of(subject);
  std::erase_if(old, [&](const store::StoredRoot& root) { return root.key == current; });
  if (old.empty()) {
    say(fmt::format("{} has no persistent root on another tree", printable(subject.profile.path)));
    return 0;
  }
  if (!verb.yes && !confirmed(fmt::format("throw away {} persistent roots of {} on other trees",
                                          old.size(), printable(subject.profile.path))))
    return 1;
  for (const store::StoredRoot& root : old) {
    const Fd lock = launch::lock_root(root.directory, subject.profile.path);
    launch::discard_root(root.directory, scratch_directory(subject.host), subject.host);
    say(fmt::format("threw away what was written over {}", printable(tree_text(root))));
  }
  return 0;
}

}  // namespace

int box_reset(const cli::BoxReset& verb) {
  const Subject subject = persistent(verb.profile);
  const store::StoredRoot root = current_root(subject);
  if (verb.old) return reset_old(verb, subject, root.key);
  if (!is_begun(root)) {
    say(fmt::format("nothing was written to the persistent root of {}",
                    printable(subject.profile.path)));
    return 0;
  }
  if (!verb.paths.empty()) return reset_paths(verb, subject, root);
  launch::lock_root(root.directory, subject.profile.path);  // or nobody needs to be asked
  const std::string size = rough_size(size_of(root, subject.host));
  if (!verb.yes && !confirmed(fmt::format("throw away the persistent root of {} ({})",
                                          printable(subject.profile.path), size)))
    return 1;
  const Fd lock = launch::lock_root(root.directory, subject.profile.path);
  launch::discard_root(root.directory, scratch_directory(subject.host), subject.host);
  say(fmt::format("the persistent root of {} is empty again; {} are free",
                  printable(subject.profile.path), size));
  return 0;
}

int box_list(const cli::BoxList& verb) {
  const host::Host host = host::probe();
  const std::vector<store::StoredRoot> roots = store::all_roots(roots_directory(host));
  Json all = Json::array();
  std::string text;
  for (const store::StoredRoot& root : roots) {
    const std::uint64_t bytes = size_of(root, host);
    all.push_back({{"profile", root.profile},
                   {"key", root.key},
                   {"tree", root.tree},
                   {"directory", root.directory},
                   {"last_use", root.last_use},
                   {"bytes_on_disk", bytes}});
    text += fmt::format("{}  {}  {}  {}\n", root.key.substr(0, 12),
                        padded(rough_size(bytes), 10, Side::right), date_text(root.last_use),
                        root.profile.empty() ? "? (on " + printable(tree_text(root)) + ")"
                                             : printable(root.profile));
  }
  if (verb.json) return print(json_text(all));
  if (all.empty()) {
    say("there is no persistent root; `image.root = \"persistent\"` in a profile keeps what its "
        "boxes write");
    return 0;
  }
  return print(text);
}

}  // namespace devbox::commands
