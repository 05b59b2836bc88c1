// Agents that hold keys: what is in the box can use the keys, and does not get them.

#include <fmt/format.h>

#include <cerrno>

#include "plan/reaching.hpp"
#include "plan/sockets.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

void ssh_agent(Reaching& reaching) {
  constexpr auto kKey = Integration::ssh_agent;
  const std::string socket = ssh_socket(reaching.host);
  const bool there =
      reaching.wants(kKey) &&
      reaching.listens(kKey, socket,
                       "SSH_AUTH_SOCK is not set: no agent runs in this session; `eval "
                       "$(ssh-agent)` and `ssh-add` start one");
  if (!there) return;
  const std::string name = reaching.runtime("ssh-agent");
  reaching.bring(kKey, socket, name, FileKind::file, "the SSH agent's socket");
  reaching.set("SSH_AUTH_SOCK", name);
  reaching.hole(kKey, printable(socket));
}

// The first of them that answers; else the one whose trouble is to be told.
std::string agent_socket(const Reaching& reaching) {
  std::string told;
  for (const std::string& socket : gpg_sockets(reaching.host)) {
    const auto found = reaching.facts.reach.sockets.find(socket);
    const int err = found == reaching.facts.reach.sockets.end() ? ENOENT : found->second;
    if (err == 0) return socket;
    if (told.empty() || err != ENOENT) told = socket;
  }
  return told;
}

// gpg(1) looks for keys in its home directory, and asks the agent only to use one.
void public_keyring(Reaching& reaching) {
  const bool is_seen = reaching.profile.home.mode == profile::HomeMode::host;
  if (is_seen) return;
  const std::string inside = path::join(reaching.host.home, ".gnupg");
  bool any = false;
  for (const char* file : kPublicKeyring) {
    const auto found = reaching.facts.paths.find(path::join(gpg_home(reaching.host), file));
    if (found == reaching.facts.paths.end() || found->second.kind != host::NodeKind::file) continue;
    reaching.bring(Integration::gpg_agent, found->second.real, path::join(inside, file),
                   FileKind::file, "the public keyring of GnuPG");
    any = true;
  }
  if (any) {  // 0700, or gpg warns
    reaching.add(Integration::gpg_agent,
                 Make{{.path = inside, .kind = MadeKind::directory, .content = {}, .mode = 0700}});
  }
}

void gpg_agent(Reaching& reaching) {
  constexpr auto kKey = Integration::gpg_agent;
  if (!reaching.wants(kKey)) return;
  const std::string socket = agent_socket(reaching);
  if (reaching.facts.reach.sockets.contains(socket) &&
      reaching.facts.reach.sockets.at(socket) == ENOENT) {
    reaching.lacks(kKey, fmt::format("no agent runs: {} is not there; `gpgconf --launch gpg-agent` "
                                     "starts one",
                                     printable(socket)));
    return;
  }
  if (!reaching.listens(kKey, socket, "")) return;
  // Where gpg looks, which refuses a directory that others may enter.
  const std::string directory = reaching.runtime("gnupg");
  reaching.add(kKey,
               Make{{.path = directory, .kind = MadeKind::directory, .content = {}, .mode = 0700}});
  reaching.bring(kKey, socket, path::join(directory, "S.gpg-agent"), FileKind::file,
                 "the GnuPG agent's socket");
  public_keyring(reaching);
  // The agent's pinentry opens it, outside: there the terminal has this name.
  if (!reaching.host.terminal.empty()) reaching.set("GPG_TTY", reaching.host.terminal);
  reaching.hole(kKey, printable(socket));
}

}  // namespace

void reach_agents(Reaching& reaching) {
  ssh_agent(reaching);
  gpg_agent(reaching);
}

}  // namespace devbox::plan
