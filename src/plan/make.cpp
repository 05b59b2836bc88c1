#include "plan/make.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "plan/integrations.hpp"
#include "plan/layout.hpp"
#include "plan/parts.hpp"
#include "plan/protect.hpp"
#include "plan/shell.hpp"
#include "plan/writes.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

Access access_of(profile::Access access) {
  return access == profile::Access::read_only ? Access::read_only : Access::read_write;
}

// Where a service keeps the resolv.conf that /etc/resolv.conf is a link to, beside little else. The
// last is a box around this one.
bool is_resolver_directory(const std::string& directory) {
  constexpr std::string_view kDirectories[] = {"/run/systemd/resolve", "/run/NetworkManager",
                                               "/run/resolvconf",      "/run/connman",
                                               "/run/netconfig",       "/run/devbox/resolv"};
  return std::find(std::begin(kDirectories), std::end(kDirectories), directory) !=
         std::end(kDirectories);
}

class Maker {
 public:
  Maker(const profile::Profile& profile, const Resolved& resolved, const host::Host& host,
        const Facts& facts, const Request& request)
      : profile_(profile),
        resolved_(resolved),
        host_(host),
        facts_(facts),
        request_(request),
        layout_(resolved, host, facts, mistakes_) {}

  Plan make() {
    identify();
    security();
    plan_.limits = choose_limits(resolved_, facts_, request_, mistakes_, plan_.notes);
    choose_command();
    mount_system();
    if (!resolved_.host_image) generate_etc();
    integrations();
    mount_home();
    mount_workspace();
    for (const WantedMount& wanted : resolved_.mounts) mount_wanted(wanted);
    plan_.mounts = layout_.finish();
    keep_user_known(plan_, host_, facts_, shell_);
    hold_covers(plan_);
    protect(plan_, host_, facts_, mistakes_);
    environment();
    choose_cwd(plan_, resolved_, host_, request_);
    if (is_integrated(profile_, host_, request_))
      integrate_shell(plan_, resolved_, profile_, host_, shell_);
    mistakes_.throw_if_any();
    return std::move(plan_);
  }

 private:
  void identify() {
    plan_.name = profile_.name;
    plan_.profile = profile_.path;
    plan_.identity = request_.identity;
    plan_.host_image = resolved_.host_image;
    plan_.image = resolved_.image;
    plan_.root = facts_.rootfs.directory;
    // The host's own /etc/hosts and xauth files speak of the host's name.
    const std::string& name = request_.hostname.empty() ? profile_.name : request_.hostname;
    if (!resolved_.host_image) plan_.hostname = hostname_of(name);
    auto [ids, why] = choose_ids(resolved_, host_, facts_, request_, mistakes_);
    plan_.ids = std::move(ids);
    plan_.ids_why = std::move(why);
    plan_.network = resolved_.network == profile::NetworkMode::none ? Network::none : Network::host;
    plan_.workspace_upper = request_.workspace_upper;
    choose_writes(plan_, profile_, resolved_, host_, facts_, mistakes_);
  }

  void security() {
    constexpr std::array kFilters = {Seccomp::standard, Seccomp::strict, Seccomp::off};
    plan_.seccomp = kFilters[static_cast<std::size_t>(profile_.security.seccomp)];
    plan_.capabilities = profile_.security.capabilities;
    plan_.pass_fds = request_.pass_fds;
  }

  bool has_program(const std::string& path) const {
    const auto found = facts_.rootfs.programs.find(path);
    return (found != facts_.rootfs.programs.end() && found->second) ||
           facts_.kept.programs.contains(path);
  }

  std::string shell() {
    const std::string& asked = resolved_.shell;
    if (!asked.empty()) {
      if (!has_program(asked) && request_.command.empty()) {
        mistakes_.add(profile_.shell.at,
                      fmt::format("`shell.program`: the image has no {}", printable(asked)));
      }
      return asked;
    }
    for (const std::string& candidate :
         {host_.shell, std::string("/bin/bash"), std::string("/usr/bin/bash")}) {
      if (!candidate.empty() && has_program(candidate)) return candidate;
    }
    return "/bin/sh";
  }

  void choose_command() {
    shell_ = shell();
    if (!request_.command.empty()) {
      plan_.argv = request_.command;
      return;
    }
    plan_.argv = {shell_};
    plan_.login = profile_.shell.login;
    if (!has_program(shell_)) {
      mistakes_.add(
          resolved_.root_at,
          fmt::format("the image has no {}; `shell.program` names another shell, or `devbox run` "
                      "another command",
                      printable(shell_)));
    }
  }

  void device(const std::string& name) {
    layout_.add(Bind{.source = "/dev/" + name,
                     .target = "/dev/" + name,
                     .access = Access::read_write,
                     .kind = FileKind::file,
                     .device = true,
                     .why = "device"});
  }

  void link(const std::string& path, const std::string& text) {
    layout_.add(Make{{.path = path, .kind = MadeKind::symlink, .content = text}});
  }

  void mount_system() {
    // Host root is root in here too: what /proc protects by file modes alone would be open to it.
    const bool host_root = host_.uid == 0;
    layout_.add(Proc{.target = "/proc", .covered = host_root});
    if (plan_.network == Network::none) {
      layout_.add(Sysfs{.target = "/sys"});
    } else {
      layout_.add(Bind{.source = "/sys",
                       .target = "/sys",
                       .why = "the host's devices, of its network namespace"});
    }
    layout_.add(Tmpfs{.target = "/dev", .access = Access::read_only, .why = "devices"});
    for (const char* name : {"null", "zero", "full", "random", "urandom", "tty"}) device(name);
    layout_.add(Devpts{.target = "/dev/pts"});
    layout_.add(Tmpfs{.target = "/dev/shm", .mode = 01777, .why = "shared memory"});
    link("/dev/ptmx", "pts/ptmx");
    link("/dev/fd", "/proc/self/fd");
    link("/dev/stdin", "/proc/self/fd/0");
    link("/dev/stdout", "/proc/self/fd/1");
    link("/dev/stderr", "/proc/self/fd/2");
    if (!host_.terminal.empty()) {
      layout_.add(Bind{.source = host_.terminal,
                       .target = "/dev/console",
                       .access = Access::read_write,
                       .kind = FileKind::file,
                       .device = true,
                       .why = "the caller's terminal"});
    }
    if (!profile_mounts("/tmp"))
      layout_.add(Tmpfs{.target = "/tmp", .mode = 01777, .why = "scratch, thrown away"});
    if (!profile_mounts("/run"))
      layout_.add(Tmpfs{.target = "/run", .why = "run-time files, thrown away"});
    runtime_directory();
  }

  void directory(const std::string& path, unsigned mode) {
    if (profile_covers(path)) return;
    layout_.add(Make{{.path = path, .kind = MadeKind::directory, .content = {}, .mode = mode}});
  }

  void runtime_directory() {
    directory("/run/lock", 01777);
    directory(fmt::format("/run/user/{}", plan_.ids.uid), 0700);
  }

  void integrations() {
    Reached reached = integrate(profile_, resolved_, host_, facts_, plan_, mistakes_);
    for (Reached::Placed& one : reached.mounts) layout_.add(std::move(one.mount), one.at);
    for (Made& made : reached.generated) layout_.generate(std::move(made));
    integrated_ = std::move(reached.env);
    plan_.holes = std::move(reached.holes);
    plan_.cache = std::move(reached.cache);
  }

  bool profile_mounts(const std::string& target) const {
    return std::any_of(resolved_.mounts.begin(), resolved_.mounts.end(),
                       [&](const WantedMount& wanted) { return wanted.mount.target == target; });
  }

  // Whether what lies at `target` is the profile's own matter.
  bool profile_covers(const std::string& target) const {
    return std::any_of(
        resolved_.mounts.begin(), resolved_.mounts.end(),
        [&](const WantedMount& wanted) { return path::is_within(target, wanted.mount.target); });
  }

  // Not where the profile mounts something: below Linux 5.11 the file would be a mount of its own.
  void generate_file(const std::string& path, std::string content) {
    if (profile_covers(path)) return;
    layout_.generate(
        {.path = path, .kind = MadeKind::file, .content = std::move(content), .mode = 0644});
  }

  // Empty where the image has no such file.
  std::string of_image(const std::string& path) const {
    const auto found = facts_.rootfs.files.find(path);
    return found == facts_.rootfs.files.end() ? std::string() : found->second.value_or("");
  }

  void generate_etc() {
    generate_file("/etc/passwd", passwd_text(of_image("/etc/passwd"), host_, plan_.ids, shell_));
    generate_file("/etc/group", group_text(of_image("/etc/group"), host_, plan_.ids));
    generate_file("/etc/hosts", hosts_text(host_, plan_.network, plan_.hostname));
    generate_file("/etc/hostname", plan_.hostname + "\n");
    if (plan_.pretends_ownership) configure_apt();
    resolver();
  }

  void link_resolver(std::string to) {
    layout_.generate(
        {.path = "/etc/resolv.conf", .kind = MadeKind::symlink, .content = std::move(to)});
  }

  // apt becomes another user to fetch, looks whether it is, and finds that it is not.
  void configure_apt() {
    const auto found = facts_.rootfs.places.find(kAptSandbox);
    const bool has_apt = found != facts_.rootfs.places.end() &&
                         found->second.parent == path::parent(found->second.path);
    if (has_apt) generate_file(kAptSandbox, "APT::Sandbox::User \"root\";\n");
  }

  // A service replaces its file by renaming when a network changes, so the directory is shown in
  // which it does. Of a file that lies elsewhere only itself: beside it lies all of /etc, or
  // anything. A file that is replaced there is seen at the next start.
  void resolver() {
    if (profile_covers("/etc/resolv.conf")) return;
    if (plan_.network == Network::none || host_.resolv_conf.empty()) {
      generate_file("/etc/resolv.conf", "");
      if (plan_.network == Network::host)
        plan_.notes.push_back({"/etc/resolv.conf is empty inside: the host has none"});
      return;
    }
    const bool links = host_.kernel.at_least(5, 11);  // or there is no overlay to make one in
    if (links && is_resolver_directory(path::parent(host_.resolv_conf)) &&
        !profile_mounts("/run")) {
      layout_.add(Bind{.source = path::parent(host_.resolv_conf),
                       .target = "/run/devbox/resolv",
                       .why = "the directory of the host's resolv.conf, to follow its changes"});
      link_resolver("/run/devbox/resolv/" + path::filename(host_.resolv_conf));
    } else if (plan_.root_mode != Root::read_only && !profile_mounts("/run")) {
      // Nothing is mounted on what the box may replace.
      layout_.add(Bind{.source = host_.resolv_conf,
                       .target = "/run/devbox/resolv.conf",
                       .kind = FileKind::file,
                       .why = "the host's resolv.conf"});
      link_resolver("/run/devbox/resolv.conf");
    } else {
      layout_.add(Bind{.source = host_.resolv_conf,
                       .target = "/etc/resolv.conf",
                       .kind = FileKind::file,
                       .why = "the host's resolv.conf"});
    }
  }

  void mount_home() {
    if (profile_.home.mode == profile::HomeMode::ephemeral) {
      layout_.add(Tmpfs{.target = host_.home, .mode = 0700, .why = "home, thrown away"},
                  profile_.home.at);
      return;
    }
    const bool kept = profile_.home.mode == profile::HomeMode::private_kept;
    if (kept) plan_.make_directories.push_back(resolved_.home_source);
    layout_.add(Bind{.source = resolved_.home_source,
                     .target = host_.home,
                     .access = Access::read_write,
                     .why = kept ? kPrivateHome : "home, the host's"},
                profile_.home.at);
  }

  void mount_workspace() {
    if (!resolved_.workspace) {
      if (!resolved_.no_workspace.empty()) {
        plan_.notes.push_back({fmt::format("no workspace: {}", resolved_.no_workspace)});
      }
      return;
    }
    const Resolved::Workspace& workspace = *resolved_.workspace;
    layout_.add(Bind{.source = workspace.source,
                     .target = workspace.target,
                     .access = workspace.access,
                     .why = kWorkspace},
                profile_.workspace.at);
  }

  void mount_wanted(const WantedMount& wanted) {
    const profile::Mount& mount = wanted.mount;
    switch (mount.type) {
      case profile::MountType::bind:
        mount_bind(wanted);
        return;
      case profile::MountType::tmpfs:
        layout_.add(Tmpfs{.target = mount.target,
                          .mode = 01777,
                          .max_bytes = mount.max_bytes.value_or(0),
                          .access = access_of(mount.mode),
                          .why = wanted.why},
                    mount.at);
        return;
      case profile::MountType::file:
        layout_.add(CoverFile{.target = mount.target, .content = mount.content}, mount.at);
        return;
      case profile::MountType::symlink:
        layout_.add(
            Make{{.path = mount.target, .kind = MadeKind::symlink, .content = mount.source}},
            mount.at);
        return;
      case profile::MountType::mask:
        layout_.add(Mask{.target = mount.target, .why = wanted.why}, mount.at);
        return;
    }
  }

  void mount_bind(const WantedMount& wanted) {
    const profile::Mount& mount = wanted.mount;
    const auto found = facts_.paths.find(mount.source);
    const host::PathFact fact = found == facts_.paths.end() ? host::PathFact{} : found->second;
    if (fact.kind == host::NodeKind::missing) {
      if (!mount.optional) {
        mistakes_.add(mount.at,
                      fmt::format("`{}`: the source {} is not there{}", printable(wanted.why),
                                  printable(mount.source),
                                  wanted.why == "--bind" || wanted.why.starts_with("home.")
                                      ? ""
                                      : "; `optional = true` skips it then"));
      } else {
        plan_.notes.push_back({fmt::format("{}: skipped, {} is not there", printable(wanted.why),
                                           printable(mount.source))});
      }
      return;
    }
    layout_.add(
        Bind{.source = fact.real,
             .target = mount.target,
             .access =
                 mount.mode == profile::Access::read_only ? Access::read_only : Access::read_write,
             .kind = fact.kind == host::NodeKind::directory ? FileKind::directory : FileKind::file,
             .why = wanted.why},
        mount.at);
  }

  void environment() {
    Environment environment = make_environment(resolved_, profile_, host_, request_, facts_,
                                               plan_.ids, shell_, plan_.name, integrated_);
    plan_.env.reserve(environment.variables.size());
    for (const auto& [name, value] : environment.variables) {
      std::string& line = plan_.env.emplace_back();
      line.reserve(name.size() + 1 + value.size());
      line.append(name).append(1, '=').append(value);
    }
    for (Note& note : environment.notes) plan_.notes.push_back(std::move(note));
  }

  const profile::Profile& profile_;
  const Resolved& resolved_;
  const host::Host& host_;
  const Facts& facts_;
  const Request& request_;
  Mistakes mistakes_;
  Layout layout_;
  Plan plan_;
  std::string shell_;
  std::vector<std::pair<std::string, std::string>> integrated_;  // variables
};

}  // namespace

Plan make(const profile::Profile& profile, const Resolved& resolved, const host::Host& host,
          const Facts& facts, const Request& request) {
  return Maker(profile, resolved, host, facts, request).make();
}

}  // namespace devbox::plan
