// The file of a project in which an editor looks for settings.
#pragma once

#include <string>
#include <string_view>

#include "editor/settings.hpp"

namespace devbox::commands {

// An editor that `devbox editor` has settings for.
struct EditorKind {
  std::string_view name;
  std::string_view file;  // relative to the project
  std::string (*printed)(const editor::Toolchain&);
  // The new text of the file of which `old` is the text, empty where it is not there. Throws Error,
  // which begins with `shown`, where that text cannot be understood.
  std::string (*merged)(const std::string& old, const editor::Toolchain&, const std::string& shown);
  std::string_view note;  // what else is to be done, for people; may be empty
};

// Throws Error with the names that there are.
const EditorKind& find_editor(const std::string& name);

}  // namespace devbox::commands
