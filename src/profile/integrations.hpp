// [integrations]: what reaches into a box from the host.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "profile/position.hpp"

namespace devbox::profile {

enum class Integration {
  ssh_agent,
  gpg_agent,
  wayland,
  x11,
  audio,
  dbus,
  dri,
  git_identity,
  ca_certificates,
  timezone,
  terminfo,
};

enum class Wish {
  no,
  automatic,  // where the host has it; silent where it has not
  yes,        // an error where the host has it not
};

struct IntegrationKey {
  std::string_view name;  // of its key
  // What a profile from a project asks with it, for the person who decides. Empty: what a box may
  // always have, because it says no more of a person than the box's programs see anyway.
  std::string_view asks;
  Integration integration;
  Wish missing;  // where the profile does not say
};

// In the order of the enumeration.
inline constexpr IntegrationKey kIntegrations[] = {
    {"ssh_agent", "sign in anywhere with the keys of your agent", Integration::ssh_agent, Wish::no},
    {"gpg_agent", "sign and decrypt with your GnuPG agent, read your public keyring",
     Integration::gpg_agent, Wish::no},
    {"wayland", "show windows, read and write the clipboard", Integration::wayland, Wish::no},
    {"x11", "show windows, and read and control all others of the display", Integration::x11,
     Wish::no},
    {"audio", "play sound, and listen to the microphone", Integration::audio, Wish::no},
    {"dbus", "talk to everything on your session bus, which can start programs outside the box",
     Integration::dbus, Wish::no},
    {"dri", "use the graphics processor", Integration::dri, Wish::no},
    {"git_identity", "know your name and e-mail address", Integration::git_identity, Wish::no},
    {"ca_certificates", "", Integration::ca_certificates, Wish::automatic},
    {"timezone", "", Integration::timezone, Wish::automatic},
    {"terminfo", "", Integration::terminfo, Wish::automatic},
};

inline constexpr std::size_t kIntegrationCount = std::size(kIntegrations);

constexpr const IntegrationKey& key_of(Integration integration) {
  return kIntegrations[static_cast<std::size_t>(integration)];
}

struct Device {
  std::string path;  // below /dev, normal
  Position at;
};

class Integrations {
 public:
  Integrations() {
    for (const IntegrationKey& key : kIntegrations) set(key.integration, key.missing, {});
  }

  Wish wish(Integration integration) const { return entry(integration).wish; }
  bool wants(Integration integration) const { return wish(integration) != Wish::no; }
  const Position& at(Integration integration) const { return entry(integration).at; }

  void set(Integration integration, Wish wish, Position at = {}) {
    entries_[static_cast<std::size_t>(integration)] = {wish, std::move(at)};
  }

  std::vector<Device> devices;

 private:
  struct Entry {
    Wish wish = Wish::no;
    Position at;
  };

  const Entry& entry(Integration integration) const {
    return entries_[static_cast<std::size_t>(integration)];
  }

  std::array<Entry, kIntegrationCount> entries_;
};

}  // namespace devbox::profile
