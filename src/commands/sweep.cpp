#include "commands/commands.hpp"
#include "host/probe.hpp"
#include "launch/records.hpp"
#include "launch/uppers.hpp"
#include "util/path.hpp"

namespace devbox::commands {

int sweep(const cli::Sweep& verb) {
  const host::Host host = host::probe();
  launch::Records(host.dirs.runtime).sweep(verb.id);
  launch::sweep_scratch(path::join(host.dirs.state, "ephemeral"), host);
  return 0;
}

}  // namespace devbox::commands
