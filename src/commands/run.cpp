#include "commands/commands.hpp"
#include "commands/prepare.hpp"

namespace devbox::commands {

// Silent: an editor reads standard error too.
void run(const cli::Run& verb, std::int64_t begun) { start(verb.box, Notes::silent, begun); }

}  // namespace devbox::commands
