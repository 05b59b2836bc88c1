#include <fmt/format.h>

#include <map>
#include <string_view>

#include "plan/integrations.hpp"
#include "plan/parts.hpp"
#include "plan/protect.hpp"
#include "plan/resolve.hpp"
#include "util/path.hpp"

namespace devbox::plan {
namespace {

void append(std::vector<std::string>& list, const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

// Where on the host a target lies that is below another bind's.
void ask_below(Questions& asked, const std::string& target, const std::string& cover_source,
               const std::string& cover_target) {
  if (cover_source.empty() || target == cover_target || !path::is_within(target, cover_target))
    return;
  asked.paths.push_back(
      path::normal(cover_source + target.substr(cover_target == "/" ? 0 : cover_target.size())));
}

// The profile's binds, by target: to compare each mount with each would be slow for a thousand.
using Binds = std::map<std::string_view, const profile::Mount*>;

Binds binds_of(const Resolved& resolved) {
  Binds binds;
  for (const WantedMount& wanted : resolved.mounts) {
    if (wanted.mount.type == profile::MountType::bind)
      binds.emplace(wanted.mount.target, &wanted.mount);
  }
  return binds;
}

void ask_below_all(Questions& asked, const std::string& target, const Binds& binds) {
  for (std::string_view at = path::above(target); at.size() > 1; at = path::above(at)) {
    const auto cover = binds.find(at);
    if (cover != binds.end())
      ask_below(asked, target, cover->second->source, cover->second->target);
  }
}

void ask_about_mounts(Questions& asked, const Resolved& resolved, const host::Host& host,
                      const Binds& binds) {
  for (const WantedMount& wanted : resolved.mounts) {
    asked.survey.targets.push_back(wanted.mount.target);
    if (wanted.mount.type == profile::MountType::bind) asked.paths.push_back(wanted.mount.source);
    ask_below(asked, wanted.mount.target, resolved.home_source, host.home);
    for (const char* kernels : {"/proc", "/sys"})
      ask_below(asked, wanted.mount.target, kernels, kernels);
    if (resolved.workspace)
      ask_below(asked, wanted.mount.target, resolved.workspace->source, resolved.workspace->target);
    ask_below_all(asked, wanted.mount.target, binds);
  }
}

}  // namespace

Questions questions(const Resolved& resolved, const profile::Profile& profile,
                    const host::Host& host) {
  Questions asked;
  append(asked.survey.targets, {"/proc", "/sys", "/dev", "/run", "/tmp", host.home});
  if (!resolved.host_image) {
    append(asked.survey.targets,
           {"/etc/passwd", "/etc/group", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"});
    append(asked.survey.files, {"/etc/passwd", "/etc/group"});
    if (resolved.root_mode != Root::read_only) asked.survey.targets.emplace_back(kAptSandbox);
  }
  const Binds binds = binds_of(resolved);
  ask_about_mounts(asked, resolved, host, binds);
  if (resolved.workspace) {
    asked.survey.targets.push_back(resolved.workspace->target);
    asked.paths.push_back(resolved.workspace->source);
    ask_below(asked, resolved.workspace->target, resolved.home_source, host.home);
    ask_below_all(asked, resolved.workspace->target, binds);
  }
  append(asked.paths, {resolved.root, host.home});
  if (!resolved.root_source.empty()) asked.paths.push_back(resolved.root_source);
  for (const std::string& directory : protected_directories(host)) asked.paths.push_back(directory);
  for (const std::string& file : resolved.env_files) asked.paths.push_back(file);
  for (const std::string& base : profile.extends_paths) asked.paths.push_back(base);
  if (!host.resolv_conf.empty()) asked.paths.push_back(path::parent(host.resolv_conf));
  asked.files = resolved.env_files;
  for (const std::string& shell :
       {resolved.shell.empty() ? host.shell : resolved.shell, std::string("/bin/bash"),
        std::string("/usr/bin/bash"), std::string("/bin/sh")}) {
    if (!shell.empty() && shell.front() == '/') asked.survey.programs.push_back(shell);
  }
  asked.survey.locale = wanted_locale(profile, host);
  // Where a kept root would have them, links of the tree followed.
  if (resolved.root_mode == Root::persistent) append(asked.survey.targets, asked.survey.programs);
  const bool overlays = host.kernel.at_least(5, 11);
  asked.survey.listings = overlays ? store::Listings::top : store::Listings::parents;
  ask_for_integrations(asked, resolved, profile, host);
  return asked;
}

}  // namespace devbox::plan
