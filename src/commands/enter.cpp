#include "commands/commands.hpp"
#include "commands/prepare.hpp"

namespace devbox::commands {

void enter(const cli::Enter& verb, std::int64_t begun) { start(verb.box, Notes::said, begun); }

}  // namespace devbox::commands
