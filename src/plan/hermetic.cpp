#include "plan/hermetic.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

void leave_out(std::vector<Note>& notes, const std::string& what) {
  notes.push_back({fmt::format("{} is left out: a build sees nothing of the host", what)});
}

// tmpfs, files, links and masks are of the profile itself.
void drop_binds(profile::Profile& profile, std::vector<Note>& notes) {
  for (const profile::Mount& mount : profile.mounts) {
    if (mount.type == profile::MountType::bind)
      leave_out(notes, fmt::format("mounts.\"{}\"", printable(mount.target)));
  }
  std::erase_if(profile.mounts,
                [](const profile::Mount& mount) { return mount.type == profile::MountType::bind; });
  for (const profile::Share& share : profile.home.share)
    leave_out(notes, fmt::format("home.share.\"{}\"", printable(share.path)));
  profile.home.share.clear();
  for (const std::string& file : profile.env.files)
    leave_out(notes, fmt::format("env.files {}", printable(file)));
  profile.env.files.clear();
}

void drop_integrations(profile::Integrations& integrations, std::vector<Note>& notes) {
  for (const profile::IntegrationKey& key : profile::kIntegrations) {
    if (integrations.wants(key.integration) && key.missing == profile::Wish::no)
      leave_out(notes, fmt::format("integrations.{}", key.name));
    integrations.set(key.integration, profile::Wish::no);
  }
  for (const profile::Device& device : integrations.devices)
    leave_out(notes, fmt::format("the device {}", printable(device.path)));
  integrations.devices.clear();
}

}  // namespace

profile::Profile hermetic(profile::Profile profile, const profile::Task& task,
                          const Surroundings& surroundings, std::int64_t epoch,
                          std::vector<Note>& notes) {
  profile.workspace.mode = profile::WorkspaceMode::overlay;
  profile.home.mode = profile::HomeMode::ephemeral;
  profile.shell.program = "/bin/sh";
  if (task.hermetic) {
    profile.name = task.name;  // DEVBOX; that of a project's profile is the checkout's
    drop_binds(profile, notes);
    profile.image.root = profile::Root::read_only;
    profile.network = profile::NetworkMode::none;
    drop_integrations(profile.integrations, notes);
    profile.env.pass.clear();
    profile.env.pass_written = true;
  }
  if (profile.map == profile::IdMap::automatic) profile.map = profile::IdMap::self;
  std::map<std::string, std::string>& set = profile.env.set;
  set["LANG"] = surroundings.locale;
  set["TZ"] = surroundings.timezone;
  for (const auto& [name, value] : surroundings.variables) set[name] = value;
  set.try_emplace("SOURCE_DATE_EPOCH", std::to_string(epoch));
  return profile;
}

host::Host hermetic(host::Host host, const Surroundings& surroundings) {
  host.user = host.group = surroundings.user;
  host.home = surroundings.home;
  host.shell.clear();
  host.groups.clear();
  host.terminal.clear();
  host.terminfo.clear();
  host.hosts.clear();
  return host;
}

void require_hermetic(const profile::Profile& profile, const profile::Task& task,
                      const std::vector<std::string>& variables) {
  if (!variables.empty()) {
    throw Error(
        fmt::format("the task {} is built without your environment, and {} asks for ${{env:{}}}",
                    printable(task.name), printable(profile.path), printable(variables.front())),
        "write the value into the profile, or into `env` of the task; `devbox run --task` has "
        "your environment");
  }
  const auto& source = profile.image.source;
  if (source && !profile::is_stored(source->kind)) {
    throw Error(
        fmt::format("the task {} cannot be built: nothing pins the image of {}, which is "
                    "what this host has{}",
                    printable(task.name), printable(profile.path),
                    source->kind == profile::SourceKind::host ? " itself" : " in a directory"),
        "`source = \"docker://REFERENCE\"`, `\"debian:SUITE\"` or `\"tar:FILE\"` under "
        "[image] and `devbox lock` pin one; `devbox run --task` runs it here all the same");
  }
}

}  // namespace devbox::plan
