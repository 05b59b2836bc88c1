#include "editor/servers.hpp"

#include <algorithm>
#include <iterator>

namespace devbox::editor {
namespace {

using Words = std::string_view[];

constexpr Words kCTypes = {"c", "cpp", "objc", "objcpp", "cuda"};
constexpr Words kCModes = {"c-mode", "c-ts-mode", "c++-mode", "c++-ts-mode", "objc-mode"};
constexpr Words kRustTypes = {"rust"};
constexpr Words kRustModes = {"rust-mode", "rust-ts-mode"};
constexpr Words kGoTypes = {"go", "gomod"};
constexpr Words kGoModes = {"go-mode", "go-ts-mode", "go-mod-ts-mode"};
constexpr Words kPythonTypes = {"python"};
constexpr Words kPythonModes = {"python-mode", "python-ts-mode"};
constexpr Words kShellTypes = {"sh", "bash"};
constexpr Words kShellModes = {"sh-mode", "bash-ts-mode"};
constexpr Words kScriptTypes = {"javascript", "javascriptreact", "typescript", "typescriptreact"};
constexpr Words kScriptModes = {"js-mode", "js-ts-mode", "typescript-mode", "typescript-ts-mode",
                                "tsx-ts-mode"};
constexpr Words kLuaTypes = {"lua"};
constexpr Words kLuaModes = {"lua-mode", "lua-ts-mode"};
constexpr Words kZigTypes = {"zig"};
constexpr Words kZigModes = {"zig-mode"};
constexpr Words kCMakeTypes = {"cmake"};
constexpr Words kCMakeModes = {"cmake-mode", "cmake-ts-mode"};

// The names are those of Helix's languages.toml.
constexpr Server kServers[] = {
    {"clangd", "", "clangd", kCTypes, kCModes},
    {"rust-analyzer", "", "rust-analyzer", kRustTypes, kRustModes},
    {"gopls", "", "gopls", kGoTypes, kGoModes},
    {"pyright-langserver", "--stdio", "pyright", kPythonTypes, kPythonModes},
    {"pylsp", "", "pylsp", kPythonTypes, kPythonModes},
    {"bash-language-server", "start", "bash-language-server", kShellTypes, kShellModes},
    {"typescript-language-server", "--stdio", "typescript-language-server", kScriptTypes,
     kScriptModes},
    {"lua-language-server", "", "lua-language-server", kLuaTypes, kLuaModes},
    {"zls", "", "zls", kZigTypes, kZigModes},
    {"cmake-language-server", "", "cmake-language-server", kCMakeTypes, kCMakeModes},
};

}  // namespace

std::span<const Server> known_servers() { return kServers; }

const Server* find_server(std::string_view command) {
  const auto* found = std::find_if(std::begin(kServers), std::end(kServers),
                                   [&](const Server& server) { return server.command == command; });
  return found == std::end(kServers) ? nullptr : found;
}

std::vector<std::string> server_commands(const std::optional<std::vector<std::string>>& written,
                                         const std::vector<std::string>& shims) {
  if (written) return *written;
  std::vector<std::string> commands;
  std::copy_if(shims.begin(), shims.end(), std::back_inserter(commands),
               [](const std::string& shim) { return find_server(shim) != nullptr; });
  if (commands.empty()) commands.emplace_back(kServers[0].command);
  return commands;
}

std::vector<std::string> server_words(const Server& server, const std::string& profile) {
  std::vector<std::string> words{"devbox", "run"};
  if (!profile.empty()) words.insert(words.end(), {"-p", profile});
  words.insert(words.end(), {"--lsp", "--", std::string(server.command)});
  if (!server.argument.empty()) words.emplace_back(server.argument);
  return words;
}

}  // namespace devbox::editor
