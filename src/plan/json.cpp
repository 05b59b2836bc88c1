#include "util/json.hpp"
#include "plan/describe.hpp"
#include "plan/target.hpp"

namespace devbox::plan {
namespace {

Json id_map(const std::vector<IdMapLine>& lines) {
  Json list = Json::array();
  for (const IdMapLine& line : lines) {
    list.push_back({{"inside", line.inside}, {"outside", line.outside}, {"count", line.count}});
  }
  return list;
}

Json made(const std::vector<Made>& things) {
  Json list = Json::array();
  for (const Made& thing : things) {
    switch (thing.kind) {
      case MadeKind::directory:
        list.push_back({{"type", "directory"}, {"path", thing.path}});
        break;
      case MadeKind::file:
        list.push_back({{"type", "file"}, {"path", thing.path}, {"secret", thing.secret}});
        if (!thing.secret) list.back()["content"] = thing.content;
        break;
      case MadeKind::symlink:
        list.push_back({{"type", "symlink"}, {"path", thing.path}, {"link", thing.content}});
        break;
    }
  }
  return list;
}

const char* access(Access access) {
  if (access == Access::discarded) return "overlay";
  return access == Access::read_only ? "ro" : "rw";
}
const char* kind(FileKind kind) { return kind == FileKind::file ? "file" : "directory"; }

struct MountJson {
  const Plan& plan;

  Json operator()(const RootBind&) const {
    return {{"type", "root"}, {"target", "/"}, {"source", plan.root}, {"access", "ro"}};
  }
  Json operator()(const WritableRoot& m) const {
    return {{"type", "root"},
            {"target", "/"},
            {"source", plan.root},
            {"access", "rw"},
            {"made", made(m.made)}};
  }
  Json operator()(const Mirror& m) const {
    return {{"type", "mirror"},
            {"target", m.target},
            {"directories", m.bound_directories},
            {"files", m.bound_files},
            {"made", made(m.made)}};
  }
  Json operator()(const Overlay& m) const {
    return {{"type", "overlay"}, {"target", m.target}, {"made", made(m.made)}};
  }
  Json operator()(const Bind& m) const {
    return {{"type", m.device ? "device" : "bind"}, {"target", m.target},   {"source", m.source},
            {"access", access(m.access)},           {"kind", kind(m.kind)}, {"why", m.why}};
  }
  Json operator()(const Tmpfs& m) const {
    return {{"type", "tmpfs"}, {"target", m.target},       {"access", access(m.access)},
            {"mode", m.mode},  {"max_bytes", m.max_bytes}, {"why", m.why}};
  }
  Json operator()(const Proc& m) const {
    return {{"type", "proc"}, {"target", m.target}, {"covered", m.covered}};
  }
  Json operator()(const Sysfs& m) const { return {{"type", "sysfs"}, {"target", m.target}}; }
  Json operator()(const Devpts& m) const { return {{"type", "devpts"}, {"target", m.target}}; }
  Json operator()(const CoverFile& m) const {
    return {{"type", "file"}, {"target", m.target}, {"content", m.content}};
  }
  Json operator()(const Make& m) const {
    Json one = made({m.made})[0];
    if (m.made.kind == MadeKind::file) one["type"] = "new file";  // no mount, as "file" is
    return one;
  }
  Json operator()(const Rewrite& m) const {
    return {{"type", "rewrite"}, {"target", m.target}, {"content", m.content}};
  }
  Json operator()(const Mask& m) const {
    return {{"type", "mask"}, {"target", m.target}, {"kind", kind(m.kind)}, {"why", m.why}};
  }
};

const char* root_mode(Root mode) {
  constexpr const char* kWords[] = {"read-only", "ephemeral", "persistent"};
  return kWords[static_cast<int>(mode)];
}

const char* group_from(GroupFrom from) {
  constexpr const char* kWords[] = {"none", "systemd", "own"};
  return kWords[static_cast<int>(from)];
}

Json limits(const Limits& limits) {
  Json values = Json::array();
  for (const GroupValue& value : limits.group.values)
    values.push_back({{"key", value.key}, {"file", value.file}, {"value", value.value}});
  Json rlimits = Json::object();
  for (const ProcessLimit& one : limits.rlimits)
    rlimits[one.name] = {{"soft", one.soft}, {"hard", one.hard}};
  Json unmet = Json::array();
  for (const Unmet& one : limits.unmet)
    unmet.push_back({{"keys", one.keys}, {"why", one.why}, {"fix", one.fix}});
  return {{"group", group_from(limits.group.from)},
          {"delegated", limits.group.delegated},
          {"values", values},
          {"affinity", limits.affinity},
          {"nice", limits.nice ? Json(*limits.nice) : Json(nullptr)},
          {"oom_score_adj", limits.oom_score_adj ? Json(*limits.oom_score_adj) : Json(nullptr)},
          {"rlimits", rlimits},
          {"unmet", unmet}};
}

const char* seccomp(Seccomp seccomp) {
  switch (seccomp) {
    case Seccomp::standard:
      return "default";
    case Seccomp::strict:
      return "strict";
    case Seccomp::off:
      return "off";
  }
  return "";
}

Json environment(const Plan& plan) {
  Json variables = Json::object();
  for (const std::string& variable : plan.env) {
    const std::size_t equals = variable.find('=');
    variables[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  return variables;
}

}  // namespace

std::string describe_json(const Plan& plan) {
  Json mounts = Json::array();
  for (const Mount& mount : plan.mounts) mounts.push_back(std::visit(MountJson{plan}, mount));
  Json holes = Json::array();
  for (const Hole& hole : plan.holes)
    holes.push_back({{"integration", hole.integration}, {"what", hole.text}});
  Json cache = Json::array();
  for (const CacheFile& file : plan.cache) cache.push_back(file.path);
  Json notes = Json::array();
  for (const Note& note : plan.notes) notes.push_back(note.text);
  Json namespaces = {"user", "mount", "pid", "ipc", "uts", "cgroup"};
  if (plan.network == Network::none) namespaces.push_back("net");
  return json_text({
      {"name", plan.name},
      {"profile", plan.profile},
      {"image", plan.image},
      {"pretends_ownership", plan.pretends_ownership},
      {"root", plan.root},
      {"host_image", plan.host_image},
      {"root_mode", root_mode(plan.root_mode)},
      {"upper", plan.root_mode == Root::persistent  ? plan.kept
                : plan.root_mode == Root::ephemeral ? plan.scratch
                                                    : ""},
      {"identity", plan.identity},
      {"hostname", plan.hostname},
      {"namespaces", namespaces},
      {"ids",
       {{"uid", plan.ids.uid},
        {"gid", plan.ids.gid},
        {"uids", id_map(plan.ids.uids)},
        {"gids", id_map(plan.ids.gids)},
        {"helpers", plan.ids.by_helpers},
        {"why", plan.ids_why}}},
      {"network", plan.network == Network::none ? "none" : "host"},
      {"limits", limits(plan.limits)},
      {"seccomp", seccomp(plan.seccomp)},
      {"capabilities", plan.capabilities},
      {"pass_fds", plan.pass_fds},
      {"mounts", mounts},
      {"environment", environment(plan)},
      {"cwd", plan.cwd},
      {"argv", plan.argv},
      {"login", plan.login},
      {"terminal", {{"entered", plan.terminal.entered}, {"left", plan.terminal.left}}},
      {"make_directories", plan.make_directories},
      {"cache", cache},
      {"holes", holes},
      {"notes", notes},
  });
}

}  // namespace devbox::plan
