#include "plan/describe.hpp"

#include <fmt/format.h>

#include "profile/limits.hpp"
#include "util/cpu_list.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

std::string id_map(const std::vector<IdMapLine>& lines) {
  std::string text;
  for (const IdMapLine& line : lines) {
    if (!text.empty()) text += ", ";
    text += line.count == 1
                ? fmt::format("{} is {}", line.inside, line.outside)
                : fmt::format("{}-{} are {}-{}", line.inside, line.inside + line.count - 1,
                              line.outside, line.outside + line.count - 1);
  }
  return text;
}

std::string row(std::string_view what, const std::string& target, const std::string& rest) {
  return fmt::format("  {:<10} {}{}{}\n", what, printable(target), rest.empty() ? "" : "  ", rest);
}

std::string size(std::uint64_t bytes) {
  return bytes % 1048576 == 0 ? fmt::format("{} MiB", bytes / 1048576)
                              : fmt::format("{} bytes", bytes);
}

std::string amount(std::uint64_t value) {
  return value == profile::kUnlimited ? "unlimited" : std::to_string(value);
}

std::string made_text(const Made& made) {
  switch (made.kind) {
    case MadeKind::directory:
      return fmt::format("             + {}/\n", printable(made.path));
    case MadeKind::file:
      return fmt::format("             + {}  ({} bytes)\n", printable(made.path),
                         made.content.size());
    case MadeKind::symlink:
      return fmt::format("             + {} -> {}\n", printable(made.path),
                         printable(made.content));
  }
  return "";
}

// One function a kind of mount.
struct MountText {
  const Plan& plan;

  std::string operator()(const RootBind&) const {
    return row("bind ro", "/", fmt::format("from {}", printable(plan.root)));
  }

  std::string operator()(const WritableRoot& root) const {
    std::string text = row(
        "overlay rw", "/",
        fmt::format("what the box writes, over generated names, over {}", printable(plan.root)));
    for (const Made& made : root.made) text += made_text(made);
    return text;
  }

  std::string operator()(const Mirror& mirror) const {
    std::string text =
        row("mirror ro", mirror.target,
            fmt::format("a tmpfs in place of {}",
                        printable(mirror.target == "/" ? plan.root : mirror.target)));
    std::string names;
    for (const std::string& name : mirror.bound_directories)
      names += fmt::format(" {}/", printable(name));
    for (const std::string& name : mirror.bound_files) names += fmt::format(" {}", printable(name));
    if (!names.empty()) text += fmt::format("             bound read-only:{}\n", names);
    for (const Made& made : mirror.made) text += made_text(made);
    return text;
  }

  std::string operator()(const Overlay& overlay) const {
    std::string text = row("overlay ro", overlay.target, "generated names over the image's");
    for (const Made& made : overlay.made) text += made_text(made);
    return text;
  }

  std::string operator()(const Bind& bind) const {
    const char* what = bind.device                        ? "device"
                       : bind.access == Access::discarded ? "overlay rw"
                       : bind.access == Access::read_only ? "bind ro"
                                                          : "bind rw";
    const std::string from =
        bind.source == bind.target ? "" : fmt::format("from {}, ", printable(bind.source));
    return row(what, bind.target,
               bind.why == "device"
                   ? ""
                   : fmt::format("{}{}{}", from, printable(bind.why),
                                 bind.access == Access::discarded ? "; writes thrown away" : ""));
  }

  std::string operator()(const Tmpfs& tmpfs) const {
    const std::string limit =
        tmpfs.max_bytes == 0 ? "" : fmt::format("{}, ", size(tmpfs.max_bytes));
    return row(tmpfs.access == Access::read_only ? "tmpfs ro" : "tmpfs", tmpfs.target,
               limit + printable(tmpfs.why));
  }

  std::string operator()(const Proc& proc) const {
    return row("proc", proc.target,
               proc.covered ? "fresh; sys, sysrq-trigger, irq and bus read-only" : "fresh");
  }
  std::string operator()(const Sysfs& sysfs) const {
    return row("sysfs ro", sysfs.target, "fresh");
  }
  std::string operator()(const Devpts& devpts) const {
    return row("devpts", devpts.target, "fresh");
  }

  std::string operator()(const CoverFile& file) const {
    return row("file ro", file.target,
               fmt::format("{} bytes, over the image's", file.content.size()));
  }

  std::string operator()(const Make& make) const {
    if (make.made.kind == MadeKind::symlink)
      return row("link", make.made.path, "-> " + printable(make.made.content));
    if (make.made.kind == MadeKind::file)
      return row("file", make.made.path, fmt::format("{} bytes", make.made.content.size()));
    return row("directory", make.made.path, fmt::format("mode {:04o}", make.made.mode));
  }

  std::string operator()(const Rewrite& file) const {
    return row(
        "rewrite", file.target,
        fmt::format("{} bytes: the box's own no longer knows this user", file.content.size()));
  }

  std::string operator()(const Mask& mask) const {
    return row("mask", mask.target, printable(mask.why));
  }
};

std::string root_text(const Plan& plan) {
  switch (plan.root_mode) {
    case Root::read_only:
      return "read-only";
    case Root::ephemeral:
      return fmt::format("ephemeral, upper in {}, thrown away", printable(plan.scratch));
    case Root::persistent:
      return fmt::format("persistent, upper in {}", printable(plan.kept));
  }
  return "";
}

std::string limits_text(const Limits& limits) {
  std::string text;
  if (limits.group.from != GroupFrom::none) {
    text += fmt::format("cgroup      {}; {} inside\n",
                        host::text_of(limits.group.from, limits.group.from == GroupFrom::own
                                                             ? limits.group.parent
                                                             : limits.group.manager),
                        limits.group.delegated ? "delegated" : "read-only");
  }
  const auto limit = [&text](const std::string& key, const std::string& how) {
    text += fmt::format("limit       {}  {}\n", key, how);
  };
  for (const GroupValue& value : limits.group.values)
    limit(value.key, fmt::format("{}  ({})", printable(value.shown), value.file));
  if (!limits.affinity.empty() && limits.group.from == GroupFrom::none)
    limit("limits.cpuset", cpu_list_text(limits.affinity) + "  (CPU affinity)");
  if (limits.nice) limit("limits.nice", std::to_string(*limits.nice));
  if (limits.oom_score_adj) limit("limits.oom_score_adj", std::to_string(*limits.oom_score_adj));
  for (const ProcessLimit& one : limits.rlimits)
    limit("rlimits." + one.name, fmt::format("{}:{}", amount(one.soft), amount(one.hard)));
  for (const Unmet& unmet : limits.unmet) text += fmt::format("no limit    {}\n", unmet.text());
  return text;
}

std::string seccomp_text(Seccomp seccomp) {
  switch (seccomp) {
    case Seccomp::standard:
      return "default: what only an administrator calls is refused";
    case Seccomp::strict:
      return "strict: what an ordinary program calls, without namespaces";
    case Seccomp::off:
      return "off";
  }
  return "";
}

}  // namespace

std::string describe(const Plan& plan) {
  std::string text = fmt::format("box         {}\n", printable(plan.name));
  text += fmt::format("profile     {}\n", printable(plan.profile));
  if (!plan.image.empty()) text += fmt::format("image       {}\n", printable(plan.image));
  text +=
      fmt::format("root        {}, {}\n",
                  plan.host_image ? "the host's toolchain" : printable(plan.root), root_text(plan));
  text += fmt::format("namespaces  user mount pid ipc uts cgroup{}\n",
                      plan.network == Network::none ? " net" : "");
  text += fmt::format("uids        inside {}\n", id_map(plan.ids.uids));
  text += fmt::format("gids        inside {}\n", id_map(plan.ids.gids));
  text += fmt::format("            {}{}\n", plan.ids_why,
                      plan.ids.by_helpers ? "; by newuidmap and newgidmap" : "");
  text += fmt::format("network     {}\n",
                      plan.network == Network::none ? "none: loopback alone" : "the host's");
  text += fmt::format("hostname    {}\n", plan.hostname.empty() ? "the host's" : plan.hostname);
  text += fmt::format("seccomp     {}\n", seccomp_text(plan.seccomp));
  text += fmt::format("privileges  no_new_privs; capabilities: {}\n",
                      plan.capabilities.empty() ? "none" : command_text(plan.capabilities));
  if (plan.pretends_ownership)
    text += "            of one id: chown, setuid and mknod of devices answer 0 and do nothing\n";
  text += limits_text(plan.limits);
  if (!plan.pass_fds.empty())
    text += fmt::format("descriptors 0 1 2 and {}\n", fmt::join(plan.pass_fds, " "));
  text += "mounts\n";
  for (const Mount& mount : plan.mounts) text += std::visit(MountText{plan}, mount);
  text += "environment\n";
  for (const std::string& variable : plan.env) text += fmt::format("  {}\n", printable(variable));
  text += fmt::format("directory   {}\n", printable(plan.cwd));
  text += fmt::format("command     {}{}\n", command_text(plan.argv),
                      plan.login ? "  (as a login shell)" : "");
  if (!plan.terminal.entered.empty())
    text += fmt::format("terminal    {}\n            at the end {}\n",
                        printable(plan.terminal.entered), printable(plan.terminal.left));
  for (const std::string& directory : plan.make_directories)
    text += fmt::format("makes       {}, where it is missing\n", printable(directory));
  for (const CacheFile& file : plan.cache)
    text += fmt::format("remembers   {}, {} bytes\n", printable(file.path), file.content.size());
  for (const Hole& hole : plan.holes)
    text += fmt::format("hole        {}  {}\n", hole.integration, hole.text);
  for (const Note& note : plan.notes) text += fmt::format("note        {}\n", note.text);
  return text;
}

}  // namespace devbox::plan
