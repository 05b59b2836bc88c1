#include "plan/writes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "host/failure.hpp"
#include "plan/parts.hpp"
#include "plan/protect.hpp"
#include "store/directories.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

using kernel::Step;

bool discards_workspace(const Resolved& resolved) {
  return resolved.workspace && resolved.workspace->access == Access::discarded;
}

bool is_mapped(std::uint32_t id, const std::vector<IdMapLine>& lines) {
  return std::any_of(lines.begin(), lines.end(), [id](const IdMapLine& line) {
    return id >= line.outside && id - line.outside < line.count;
  });
}

class Chooser {
 public:
  Chooser(Plan& plan, const Resolved& resolved, const host::Host& host, const Facts& facts,
          Mistakes& mistakes)
      : plan_(plan), resolved_(resolved), host_(host), facts_(facts), mistakes_(mistakes) {}

  void root(const profile::Position& at) {
    plan_.root_mode = resolved_.root_mode;
    if (plan_.root_mode == Root::read_only) return;
    overlay("image.root", facts_.rootfs.directory, "tree", at);
    if (resolved_.host_image) {
      mistakes_.add(at,
                    "`image.root`: the host's own programs are read-only in every box: they belong "
                    "to ids that it does not have, and could not be changed in a copy either; "
                    "`rootfs:DIR` or a pinned image takes a writable root");
    } else if (!is_mapped(facts_.rootfs.owner, plan_.ids.uids)) {
      mistakes_.add(at, fmt::format("`image.root`: {} belongs to uid {}, which the box does not "
                                    "have, so nothing in it can be changed; unpack the tree as {}, "
                                    "or use the `ids.map` that it was unpacked with",
                                    printable(facts_.rootfs.directory), facts_.rootfs.owner,
                                    printable(host_.user)));
    }
    plan_.directories =
        store::directories_of(facts_.rootfs.directory, real_path(host_.dirs.data, facts_));
    plan_.pretends_ownership = plan_.ids.uid == 0 && !plan_.ids.by_helpers;
    if (plan_.root_mode == Root::persistent) kept();
  }

  void workspace(const profile::Position& at) {
    if (discards_workspace(resolved_))
      overlay("workspace.mode", real_path(resolved_.workspace->source, facts_), "workspace", at);
  }

 private:
  // `below` is what lies under the overlay, every link followed.
  void overlay(const char* key, const std::string& below, const char* what,
               const profile::Position& at) {
    if (!host_.kernel.at_least(5, 11)) {
      mistakes_.add(at, fmt::format("`{}`: {}; this is Linux {}.{}", key,
                                    host::explain(Step::writable, EPERM, {}).fix,
                                    host_.kernel.major, host_.kernel.minor));
    }
    if (path::is_within(real_path(host_.dirs.state, facts_), below)) {
      mistakes_.add(at, fmt::format("`{}`: what is written would go to {}, which lies in the {} "
                                    "itself; set XDG_STATE_HOME to a directory outside of it",
                                    key, printable(host_.dirs.state), what));
    }
  }

  void kept() {
    plan_.kept = facts_.kept.directory;
    if (facts_.kept.exists || facts_.kept.others.empty()) return;
    std::string trees;
    for (const std::string& tree : facts_.kept.others)
      trees += fmt::format("{}{}", trees.empty() ? "" : ", ", printable(tree));
    plan_.notes.push_back(
        {fmt::format("the persistent root of this profile starts anew, on {}; what was written "
                     "over {} is kept in {}",
                     printable(facts_.rootfs.directory), trees,
                     printable(path::parent(facts_.kept.directory)))});
  }

  Plan& plan_;
  const Resolved& resolved_;
  const host::Host& host_;
  const Facts& facts_;
  Mistakes& mistakes_;
};

// Whether a line of passwd(5) or group(5) gives `name` that id, as its third field.
bool names(std::string_view text, std::string_view name, std::uint32_t id) {
  const std::string wanted = std::to_string(id);
  for (const std::string& line : split(text, '\n')) {
    const std::vector<std::string> fields = split(line, ':');
    if (fields.size() > 2 && fields[0] == name && fields[2] == wanted) return true;
  }
  return false;
}

std::string first_field(const std::string& text) { return text.substr(0, text.find(':')); }

void rewrite(Plan& plan, const std::string& target, const std::string& now, std::uint32_t id,
             std::string wanted) {
  if (!names(now, first_field(wanted), id))
    plan.mounts.emplace_back(Rewrite{.target = target, .content = std::move(wanted)});
}

}  // namespace

void choose_writes(Plan& plan, const profile::Profile& profile, const Resolved& resolved,
                   const host::Host& host, const Facts& facts, Mistakes& mistakes) {
  if (resolved.root_mode == Root::read_only && !discards_workspace(resolved)) return;
  Chooser chooser(plan, resolved, host, facts, mistakes);
  chooser.root(profile.image.root_at);
  chooser.workspace(profile.workspace.at);
  const bool discards = discards_workspace(resolved) && plan.workspace_upper.empty();
  if (plan.root_mode == Root::ephemeral || discards)
    plan.scratch = path::join(host.dirs.state, "ephemeral");
}

void keep_user_known(Plan& plan, const host::Host& host, const Facts& facts,
                     const std::string& shell) {
  for (const auto& [path, now] : facts.kept.files) {
    if (path == "/etc/passwd")
      rewrite(plan, path, now, plan.ids.uid, passwd_text(now, host, plan.ids, shell));
    if (path == "/etc/group")
      rewrite(plan, path, now, plan.ids.gid, group_text(now, host, plan.ids));
  }
}

}  // namespace devbox::plan
