// The language servers that editors have settings for.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::editor {

struct Server {
  std::string_view command;                      // in the box
  std::string_view argument;                     // that has it speak on its standard streams
  std::string_view name;                         // as Helix and Zed know it
  std::span<const std::string_view> file_types;  // of Neovim
  std::span<const std::string_view> modes;       // of Emacs
};

std::span<const Server> known_servers();
const Server* find_server(std::string_view command);  // nullptr: none that is known

// Which commands are language servers: those that the profile says; else those of its shims that
// are known; clangd where there is none of these.
std::vector<std::string> server_commands(const std::optional<std::vector<std::string>>& written,
                                         const std::vector<std::string>& shims);

// What an editor starts: devbox run [-p PROFILE] --lsp -- SERVER [ARGUMENT].
std::vector<std::string> server_words(const Server& server, const std::string& profile);

}  // namespace devbox::editor
