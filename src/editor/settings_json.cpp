#include <algorithm>
#include <iterator>

#include "editor/settings.hpp"

namespace devbox::editor {
namespace {

// Which setting of which extension takes the path of which command. Of several commands for one
// setting the first in this table that is a shim.
struct ToolSetting {
  std::string_view command;
  std::string_view setting;
};
constexpr ToolSetting kTools[] = {
    {"clangd", "clangd.path"},
    {"cmake", "cmake.cmakePath"},
    {"ctest", "cmake.ctestPath"},
    {"g++", "C_Cpp.default.compilerPath"},
    {"gcc", "C_Cpp.default.compilerPath"},
    {"clang++", "C_Cpp.default.compilerPath"},
    {"clang", "C_Cpp.default.compilerPath"},
    {"clang-format", "C_Cpp.clang_format_path"},
    {"clang-tidy", "C_Cpp.codeAnalysis.clangTidy.path"},
    {"rust-analyzer", "rust-analyzer.server.path"},
    {"python3", "python.defaultInterpreterPath"},
    {"shellcheck", "shellcheck.executablePath"},
    {"meson", "mesonbuild.mesonPath"},
    {"zls", "zig.zls.path"},
};

std::vector<std::string> enter_words(const Toolchain& toolchain) {
  if (toolchain.profile.empty()) return {"enter"};
  return {"enter", "-p", toolchain.profile};
}

}  // namespace

Json vscode_settings(const Toolchain& toolchain) {
  Json settings;
  settings["terminal.integrated.profiles.linux"]["devbox"] = {{"path", "devbox"},
                                                              {"args", enter_words(toolchain)},
                                                              {"icon", "package"},
                                                              {"overrideName", true}};
  settings["terminal.integrated.defaultProfile.linux"] = "devbox";
  // Tasks and debuggers start their commands with it: those are the host's, or shims.
  settings["terminal.integrated.automationProfile.linux"] = {{"path", "/bin/sh"}};
  for (const ToolSetting& tool : kTools) {
    const bool is_shim = std::find(toolchain.shims.begin(), toolchain.shims.end(), tool.command) !=
                         toolchain.shims.end();
    const std::string setting(tool.setting);
    if (is_shim && !settings.contains(setting))
      settings[setting] = toolchain.shims_directory + "/" + std::string(tool.command);
  }
  return settings;
}

Json zed_settings(const Toolchain& toolchain) {
  Json settings;
  settings["terminal"]["shell"]["with_arguments"] = {{"program", "devbox"},
                                                     {"args", enter_words(toolchain)}};
  for (const Server* server : toolchain.servers) {
    std::vector<std::string> words = server_words(*server, toolchain.profile);
    words.erase(words.begin());
    settings["lsp"][std::string(server->name)]["binary"] = {{"path", "devbox"},
                                                            {"arguments", words}};
  }
  return settings;
}

}  // namespace devbox::editor
