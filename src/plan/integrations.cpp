#include "plan/integrations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "host/cannot.hpp"
#include "plan/reaching.hpp"
#include "plan/sockets.hpp"
#include "plan/target.hpp"
#include "plan/xauthority.hpp"
#include "plan/zone.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

std::string socket_trouble(const std::string& socket, int err) {
  const std::string shown = printable(socket);
  if (err == ENOENT) return fmt::format("{} is not there", shown);
  if (err == ECONNREFUSED) return fmt::format("nobody listens on {} any more", shown);
  if (err == EACCES) return fmt::format("{} is not for this user", shown);
  return fmt::format("{}: {}", shown, host::errno_text(err));
}

void ask_for_display(host::ReachAsked& reach, const host::Host& host) {
  const auto display = parse_display(variable(host, "DISPLAY"));
  if (!display) return;
  if (display->is_local) reach.sockets.push_back(display_socket(display->number));
  reach.files.push_back(cookie_file(host));
}

void ask_for_zone(host::ReachAsked& reach, const Resolved& resolved, const host::Host& host) {
  const Zone zone = zone_of_variable(host);
  if (zone.is_known()) {
    reach.zone_file = zone.file;
  } else {
    reach.localtime = !resolved.host_image;
  }
}

void devices(Reaching& reaching, Mistakes& mistakes) {
  for (const profile::Device& device : reaching.profile.integrations.devices) {
    const auto found = reaching.facts.paths.find(device.path);
    const host::PathFact fact =
        found == reaching.facts.paths.end() ? host::PathFact{} : found->second;
    const std::string shown = printable(device.path);
    if (fact.kind == host::NodeKind::missing) {
      mistakes.add(device.at,
                   fmt::format("`integrations.devices`: the host has no {}; plug it in, load its "
                               "driver, or take it off the list",
                               shown));
      continue;
    }
    const bool is_directory = fact.kind == host::NodeKind::directory;
    if (fact.kind != host::NodeKind::device && !is_directory) {
      mistakes.add(device.at, fmt::format("`integrations.devices`: {} is no device", shown));
      continue;
    }
    reaching.out.mounts.push_back({Bind{.source = fact.real,
                                        .target = device.path,
                                        .access = Access::read_write,
                                        .kind = is_directory ? FileKind::directory : FileKind::file,
                                        .device = true,
                                        .why = "integrations.devices"},
                                   device.at});
    reaching.out.holes.push_back({"devices", fmt::format("{}: the box uses it as you may", shown)});
  }
}

}  // namespace

void Reaching::lacks(Integration integration, const std::string& why) const {
  if (profile.integrations.wish(integration) != profile::Wish::yes) return;
  mistakes_.add(profile.integrations.at(integration),
                fmt::format("`integrations.{}`: {}", profile::key_of(integration).name, why));
}

bool Reaching::listens(Integration integration, const std::string& socket,
                       const std::string& unset) const {
  if (socket.empty()) {
    lacks(integration, unset);
    return false;
  }
  const auto found = facts.reach.sockets.find(socket);
  const int err = found == facts.reach.sockets.end() ? ENOENT : found->second;
  if (err != 0) {
    lacks(integration,
          socket_trouble(socket, err) + "; start what serves it, or write \"auto\" to go without");
  }
  return err == 0;
}

std::string Reaching::runtime(const std::string& name) const {
  return path::join(fmt::format("/run/user/{}", plan.ids.uid), name);
}

bool Reaching::profile_covers(const std::string& target) const {
  return std::any_of(
      resolved.mounts.begin(), resolved.mounts.end(),
      [&](const WantedMount& wanted) { return path::is_within(target, wanted.mount.target); });
}

bool Reaching::profile_mounts_run() const { return profile_covers("/run/devbox"); }

void Reaching::bring(Integration integration, const std::string& source, const std::string& name,
                     FileKind kind, const char* why) {
  // A socket can be connected to on a read-only mount, and its mode cannot be changed there.
  add(integration, Bind{.source = source,
                        .target = name.starts_with('/') ? name : runtime(name),
                        .kind = kind,
                        .why = why});
}

void Reaching::add(Integration integration, Mount mount) {
  if (profile_covers(*target_of(mount))) return;
  out.mounts.push_back({std::move(mount), profile.integrations.at(integration)});
}

void Reaching::write(Integration integration, const std::string& path, std::string content,
                     bool secret) {
  add(integration, Make{{.path = path,
                         .kind = MadeKind::file,
                         .content = std::move(content),
                         .mode = secret ? 0400U : 0444U,
                         .secret = secret}});
}

void Reaching::hole(Integration integration, const std::string& what) {
  const profile::IntegrationKey& key = profile::key_of(integration);
  out.holes.push_back(
      {std::string(key.name),
       key.asks.empty() ? what : fmt::format("{}: what is in the box can {}", what, key.asks)});
}

void ask_for_integrations(Questions& asked, const Resolved& resolved,
                          const profile::Profile& profile, const host::Host& host) {
  const profile::Integrations& wanted = profile.integrations;
  host::ReachAsked& reach = asked.reach;
  const auto ask = [&](Integration integration, std::string socket) {
    if (wanted.wants(integration) && !socket.empty()) reach.sockets.push_back(std::move(socket));
  };
  ask(Integration::ssh_agent, ssh_socket(host));
  ask(Integration::wayland, wayland_socket(host));
  ask(Integration::audio, pipewire_socket(host));
  ask(Integration::audio, pulse_socket(host));
  ask(Integration::dbus, bus_socket(host));
  if (wanted.wants(Integration::gpg_agent)) {
    for (std::string& socket : gpg_sockets(host)) reach.sockets.push_back(std::move(socket));
    for (const char* file : kPublicKeyring) asked.paths.push_back(path::join(gpg_home(host), file));
  }
  if (wanted.wants(Integration::x11)) ask_for_display(reach, host);
  if (wanted.wants(Integration::dri)) asked.paths.emplace_back(kGraphics);
  for (const profile::Device& device : wanted.devices) asked.paths.push_back(device.path);
  if (wanted.wants(Integration::git_identity) && profile.home.mode != profile::HomeMode::host)
    reach.git = resolved.workspace ? resolved.workspace->source : host.home;
  if (wanted.wants(Integration::timezone)) ask_for_zone(reach, resolved, host);
  // The host's own root has the host's own.
  asked.certificates = wanted.wants(Integration::ca_certificates) && !resolved.host_image;
  constexpr std::string_view kBundle = "SSL_CERT_FILE=";
  for (const std::string& text : resolved.config.env) {
    if (text.starts_with(kBundle)) asked.image_bundle = text.substr(kBundle.size());
  }
  if (wanted.wants(Integration::terminfo)) asked.survey.term = variable(host, "TERM");
}

Reached integrate(const profile::Profile& profile, const Resolved& resolved, const host::Host& host,
                  const Facts& facts, const Plan& plan, Mistakes& mistakes) {
  Reaching reaching(profile, resolved, host, facts, plan, mistakes);
  reach_agents(reaching);
  reach_desktop(reaching);
  devices(reaching, mistakes);
  reach_data(reaching);
  return std::move(reaching.out);
}

}  // namespace devbox::plan
