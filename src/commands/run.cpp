#include "commands/commands.hpp"
#include "commands/lsp.hpp"
#include "commands/prepare.hpp"
#include "commands/run_task.hpp"
#include "launch/launch.hpp"

namespace devbox::commands {

// Silent: an editor reads standard error too.
int run(const cli::Run& verb, std::int64_t begun) {
  if (!verb.task.empty()) return run_task(verb, begun);
  if (verb.lsp) {
    launch::close_inherited(verb.box.pass_fds);
    relay_messages();
  }
  start(verb.box, Notes::silent, begun);
}

}  // namespace devbox::commands
