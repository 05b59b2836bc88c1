// What the integrations put into a plan, while they are gone through.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "host/reach.hpp"
#include "plan/integrations.hpp"
#include "plan/plan.hpp"
#include "plan/request.hpp"
#include "plan/resolve.hpp"
#include "profile/integrations.hpp"

namespace devbox::plan {

using profile::Integration;

class Reaching {
 public:
  Reaching(const profile::Profile& wanted, const Resolved& paths, const host::Host& machine,
           const Facts& known, const Plan& so_far, Mistakes& mistakes)
      : profile(wanted),
        resolved(paths),
        host(machine),
        facts(known),
        plan(so_far),
        mistakes_(mistakes) {}

  const profile::Profile& profile;
  const Resolved& resolved;
  const host::Host& host;
  const Facts& facts;
  const Plan& plan;  // ids, network, root_mode
  Reached out;

  bool wants(Integration integration) const { return profile.integrations.wants(integration); }

  // The host has it not: an error where the profile says `true`. `why` is a sentence without its
  // full stop, with what to do.
  void lacks(Integration integration, const std::string& why) const;

  // Whether somebody listens on `socket`; else lacks(). `unset` is said where it is empty.
  bool listens(Integration integration, const std::string& socket, const std::string& unset) const;

  // In the box's own runtime directory, or anywhere where `name` is absolute. Nothing where the
  // profile has something of its own there.
  void bring(Integration integration, const std::string& source, const std::string& name,
             FileKind kind, const char* why);
  void add(Integration integration, Mount mount);

  // A file of ours in the box, read-only; a secret one for its owner alone.
  void write(Integration integration, const std::string& path, std::string content,
             bool secret = false);

  void set(const char* name, std::string value) { out.env.emplace_back(name, std::move(value)); }

  // `what` comes in, and with it what the key stands for.
  void hole(Integration integration, const std::string& what);

  std::string runtime(const std::string& name) const;
  bool profile_covers(const std::string& target) const;
  bool profile_mounts_run() const;

 private:
  Mistakes& mistakes_;
};

// Of GnuPG's home directory: what gpg(1) finds keys in.
inline constexpr const char* kPublicKeyring[] = {"pubring.kbx", "pubring.gpg", "trustdb.gpg"};
inline constexpr const char* kGraphics = "/dev/dri";

// One of each; nothing where the profile does not want it.
void reach_agents(Reaching& reaching);   // ssh_agent, gpg_agent
void reach_desktop(Reaching& reaching);  // wayland, x11, audio, dbus, dri
void reach_data(Reaching& reaching);     // git_identity, ca_certificates, timezone, terminfo
void reach_timezone(Reaching& reaching);

}  // namespace devbox::plan
