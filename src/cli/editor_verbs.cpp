#include "cli/editor_verbs.hpp"

#include <memory>

namespace devbox::cli {
namespace {

// -p PROFILE alone: these verbs' word is another, or would be taken for one.
template <class Verb>
void add_profile_option(const Parser& parser, Verb& verb) {
  parser.app.add_option("-p,--profile", verb.profile,
                        "The profile: a name, or a path (default: the nearest devbox.toml)");
}

}  // namespace

Finish prepare_shims(const Parser& parser) {
  auto verb = std::make_shared<Shims>();
  add_profile_option(parser, *verb);
  add_word(parser, "--dir", verb->directory, "Write them to this directory");
  return [verb](const Words&) -> Invocation { return *verb; };
}

Finish prepare_editor(const Parser& parser) {
  auto verb = std::make_shared<Editor>();
  parser.app.add_option("NAME", verb->name, "vscode, neovim, helix, zed, emacs or direnv")
      ->required();
  add_profile_option(parser, *verb);
  add_flag(parser, "--write", verb->write, "Merge them into the project's file");
  add_flag(parser, "--dry-run", verb->dry_run, "Show what --write would change, as a diff");
  return [verb](const Words&) -> Invocation { return *verb; };
}

Finish prepare_shellenv(const Parser& parser) {
  auto verb = std::make_shared<ShellEnv>();
  verb->shell = "bash";
  add_profile_option(parser, *verb);
  add_word(parser, "--shell", verb->shell, "bash (the default), zsh or fish",
           {"bash", "zsh", "fish"});
  return [verb](const Words&) -> Invocation { return *verb; };
}

}  // namespace devbox::cli
