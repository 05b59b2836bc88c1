// What `run --lsp` puts between an editor and its language server.
#pragma once

namespace devbox::commands {

// The standard input becomes a pipe, into which a process of its own passes what comes on the
// former one, its first message as editor/first_message.hpp has it. That process ends with this
// one, and with whatever program this one becomes; it ends the server after the editor, or where
// the server goes on without input. Every descriptor above 2 that need not be passed on is closed
// before.
void relay_messages();

}  // namespace devbox::commands
