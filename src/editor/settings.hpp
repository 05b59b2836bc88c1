// What editors are to be told, in their own formats. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "editor/servers.hpp"
#include "util/json.hpp"

namespace devbox::editor {

// Of one project.
struct Toolchain {
  std::string profile;  // as `-p` takes it; empty: the nearest devbox.toml
  std::vector<const Server*> servers;
  std::vector<std::string> shims;  // commands
  std::string shims_directory;
};

// settings.json of VS Code: the terminal, and for its extensions the paths of shims.
Json vscode_settings(const Toolchain& toolchain);

// settings.json of Zed: the terminal and the language servers.
Json zed_settings(const Toolchain& toolchain);

// languages.toml of Helix.
std::string helix_settings(const Toolchain& toolchain);

// Lua that Neovim reads from 0.7 on, for its init.lua or a file of a project.
std::string neovim_settings(const Toolchain& toolchain);

// For Emacs's init file: TRAMP's method `devbox`, and eglot's servers where a devbox.toml is near.
std::string emacs_settings(const Toolchain& toolchain);

// The directory-local variables of one project.
std::string emacs_project_settings(const Toolchain& toolchain);

// Lines of an .envrc.
std::string direnv_settings(const Toolchain& toolchain);

}  // namespace devbox::editor
