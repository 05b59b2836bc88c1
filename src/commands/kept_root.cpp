#include "commands/kept_root.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <optional>
#include <variant>

#include "commands/image.hpp"
#include "plan/make.hpp"
#include "plan/protect.hpp"
#include "store/identity.hpp"
#include "store/ids.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

const char* kind_of(plan::MadeKind kind) {
  if (kind == plan::MadeKind::directory) return "directory";
  return kind == plan::MadeKind::file ? "file" : "symlink";
}

Json json_of(const plan::Made& made) {
  const bool is_file = made.kind == plan::MadeKind::file;
  return {{"path", made.path},
          {"kind", kind_of(made.kind)},
          {"mode", made.mode},
          {"size", is_file ? made.content.size() : 0},
          {"text", is_file ? store::sha256(made.content) : made.content}};
}

// What is put into the upper itself is as if it were generated below it.
void add_rewritten(const plan::Rewrite& file, Json& list) {
  list.push_back(json_of({.path = file.target.substr(1),
                          .kind = plan::MadeKind::file,
                          .content = file.content,
                          .mode = 0644}));
}

bool exists(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0;
}

std::string data_directory(const Subject& subject) {
  return plan::real_path(subject.host.dirs.data, subject.facts);
}

}  // namespace

void say(const std::string& line) { std::fputs(("devbox: " + line + "\n").c_str(), stderr); }

std::string roots_directory(const host::Host& host) { return path::join(host.dirs.state, "roots"); }

std::string scratch_directory(const host::Host& host) {
  return path::join(host.dirs.state, "ephemeral");
}

std::vector<store::StoredRoot> roots_of(const Subject& subject) {
  return store::roots_of(path::join(roots_directory(subject.host), subject.request.identity));
}

void require_persistent(const Subject& subject) {
  if (subject.resolved.root_mode == plan::Root::persistent) return;
  const bool thrown_away = subject.resolved.root_mode == plan::Root::ephemeral;
  throw Error(
      fmt::format("{} has no persistent root: {}", printable(subject.profile.path),
                  thrown_away ? "what its boxes write to theirs is thrown away with them"
                              : "its boxes cannot write to theirs"),
      "`image.root = \"persistent\"` in the profile keeps what they write; `devbox box ls` lists "
      "the roots that there are");
}

Subject persistent(const std::string& profile) {
  cli::BoxOptions options;
  options.profile = profile;
  Subject subject = resolve(options);
  require_persistent(subject);
  furnish(subject, Missing::refuse);
  return subject;
}

store::StoredRoot current_root(const Subject& subject) {
  const store::KeptRoot& kept = subject.facts.kept;
  return {.directory = kept.directory,
          .key = path::filename(kept.directory),
          .tree = subject.facts.rootfs.directory,
          .profile = subject.profile.path};
}

store::StoredRoot root_with_key(const Subject& subject, const std::string& key) {
  std::vector<store::StoredRoot> found;
  for (store::StoredRoot& root : roots_of(subject)) {
    if (root.key.starts_with(key)) found.push_back(std::move(root));
  }
  if (found.size() == 1) return std::move(found[0]);
  throw Error(fmt::format("{} persistent roots of {} have a key that begins with {}", found.size(),
                          printable(subject.profile.path), printable(key)),
              "`devbox box ls` lists them");
}

bool is_begun(const store::StoredRoot& root) { return exists(root.directory + "/upper"); }

store::WrittenRoot written_in(const Subject& subject, const store::StoredRoot& root) {
  if (root.tree.empty() || !exists(root.tree)) {
    throw Error(fmt::format("the tree below the persistent root {} is gone: {}", root.key,
                            root.tree.empty() ? "nobody knows which it was" : printable(root.tree)),
                "`devbox box reset --old` throws away what is on trees that the profile does not "
                "pin any more");
  }
  store::WrittenRoot written =
      store::written_over(root.tree, data_directory(subject), root.directory + "/upper");
  const bool has_ids = written.owned || subject.resolved.map == profile::IdMap::subids;
  if (has_ids) written.owners = store::Ids(subject.host).owners();
  return written;
}

Json generated_in(const Subject& subject) {
  Json list = Json::array();
  try {
    const plan::Plan plan =
        plan::make(subject.profile, subject.resolved, subject.host, subject.facts, subject.request);
    for (const plan::Mount& mount : plan.mounts) {
      if (const auto* root = std::get_if<plan::WritableRoot>(&mount)) {
        for (const plan::Made& made : root->made) list.push_back(json_of(made));
      } else if (const auto* file = std::get_if<plan::Rewrite>(&mount)) {
        add_rewritten(*file, list);
      }
    }
  } catch (const Error& error) {
    say(fmt::format("what devbox itself has put there may be among it: {}", error.message()));
  }
  return list;
}

}  // namespace devbox::commands
