#include "commands/editor_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "editor/block.hpp"
#include "editor/jsonc_merge.hpp"
#include "profile/parse.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using editor::Block;
using editor::Toolchain;

[[noreturn]] void leave_alone(const std::string& why, std::string_view name) {
  throw Error(why + "; it is left alone",
              fmt::format("mend it, or put into it what `devbox editor {}` prints", name));
}

std::string merged_json(const std::string& old, const Json& wanted, const std::string& shown,
                        std::string_view name) {
  if (const auto mistake = editor::jsonc_mistake(old))
    leave_alone(fmt::format("{}:{}:{}: this is no JSON object with comments", shown, mistake->line,
                            mistake->column),
                name);
  return editor::jsonc_merged(old, wanted);
}

std::string merged_block(const std::string& old, const Block& block, const std::string& content,
                         const std::string& shown) {
  const std::optional<std::string> text = editor::with_block(old, block, content);
  if (!text)
    leave_alone(fmt::format("{}: `{} >>> devbox editor {}` and its `<<<` are not there once each",
                            shown, block.comment, block.name),
                block.name);
  return *text;
}

// Throws where `text` is no TOML; `what` is what it then says of it.
void require_toml(const std::string& text, const std::string& shown, const char* what) {
  profile::Report report;
  if (profile::parse(text, 0, report)) return;
  const std::vector<profile::Mistake> mistakes = report.in_order({{shown, text}});
  std::string first = shown;
  if (!mistakes.empty())
    first = fmt::format("{}: {}", mistakes.front().at.text(), mistakes.front().message);
  leave_alone(first + what, "helix");
}

std::string vscode_printed(const Toolchain& toolchain) {
  return json_text(editor::vscode_settings(toolchain));
}
std::string vscode_merged(const std::string& old, const Toolchain& toolchain,
                          const std::string& shown) {
  return merged_json(old, editor::vscode_settings(toolchain), shown, "vscode");
}

std::string zed_printed(const Toolchain& toolchain) {
  return json_text(editor::zed_settings(toolchain));
}
std::string zed_merged(const std::string& old, const Toolchain& toolchain,
                       const std::string& shown) {
  return merged_json(old, editor::zed_settings(toolchain), shown, "zed");
}

std::string helix_merged(const std::string& old, const Toolchain& toolchain,
                         const std::string& shown) {
  const Block block{"helix", "#"};
  std::string text = merged_block(old, block, editor::helix_settings(toolchain), shown);
  require_toml(editor::without_block(old, block).value_or(old), shown, "");
  require_toml(text, shown, ", with the settings of these language servers in it");
  return text;
}

std::string neovim_merged(const std::string& old, const Toolchain& toolchain,
                          const std::string& shown) {
  return merged_block(old, {"neovim", "--"}, editor::neovim_settings(toolchain), shown);
}

std::string direnv_merged(const std::string& old, const Toolchain& toolchain,
                          const std::string& shown) {
  return merged_block(old, {"direnv", "#"}, editor::direnv_settings(toolchain), shown);
}

// A file of its own beside .dir-locals.el, which Emacs reads as well: "Per-Directory Local
// Variables" in its manual.
std::string emacs_merged(const std::string& old, const Toolchain& toolchain,
                         const std::string& shown) {
  constexpr std::string_view kFirst = ";;; Written by `devbox editor emacs`.\n";
  if (!old.empty() && !old.starts_with(kFirst))
    leave_alone(fmt::format("{}: devbox has not written it", shown), "emacs");
  return std::string(kFirst) + editor::emacs_project_settings(toolchain);
}

constexpr EditorKind kEditors[] = {
    {"vscode", ".vscode/settings.json", vscode_printed, vscode_merged, ""},
    {"neovim", ".nvim.lua", editor::neovim_settings, neovim_merged,
     "Neovim 0.9 and later reads it where 'exrc' is set; for an older one, `:source` it"},
    {"helix", ".helix/languages.toml", editor::helix_settings, helix_merged, ""},
    {"zed", ".zed/settings.json", zed_printed, zed_merged, ""},
    {"emacs", ".dir-locals-2.el", editor::emacs_settings, emacs_merged,
     "TRAMP's method belongs into your init file: `devbox editor emacs` prints it"},
    {"direnv", ".envrc", editor::direnv_settings, direnv_merged, "`direnv allow` allows it"},
};

}  // namespace

const EditorKind& find_editor(const std::string& name) {
  const auto* found = std::find_if(std::begin(kEditors), std::end(kEditors),
                                   [&](const EditorKind& kind) { return kind.name == name; });
  if (found != std::end(kEditors)) return *found;
  std::vector<std::string> known;
  for (const EditorKind& kind : kEditors) known.emplace_back(kind.name);
  const std::string meant = nearest(name, known);
  throw Error(fmt::format("there are no settings for an editor `{}`", printable(name)),
              meant.empty() ? fmt::format("there are some for {}", fmt::join(known, ", "))
                            : fmt::format("did you mean `devbox editor {}`?", meant),
              Error::Kind::usage);
}

}  // namespace devbox::commands
