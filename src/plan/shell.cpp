#include "plan/shell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "plan/shell_scripts.inc"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

// How a box tells one inside it what the terminal's own host is called, and what of it is seen.
constexpr const char* kHostName = "DEVBOX_HOST";
constexpr const char* kHostPaths = "DEVBOX_HOST_PATHS";

std::string value_of(const host::Host& host, const std::string& name) {
  const auto found = host.env.find(name);
  return found == host.env.end() ? std::string() : found->second;
}

// Terminals that print what they should not, or are none: the Linux console takes OSC P and OSC R
// for palettes and prints what follows others (console_codes(4), BUGS); DEC's up to the VT220 and
// Emacs's know no OSC.
bool takes_sequences(std::string_view term) {
  constexpr std::string_view kNone[] = {"", "dumb", "unknown", "linux", "ansi", "cons25", "emacs"};
  constexpr std::string_view kFamilies[] = {"linux-", "vt5", "vt1", "vt2", "eterm"};
  return std::find(std::begin(kNone), std::end(kNone), term) == std::end(kNone) &&
         std::none_of(std::begin(kFamilies), std::end(kFamilies),
                      [&](std::string_view family) { return term.starts_with(family); });
}

// A name that means nothing to a shell, to its prompts and to a terminal; `also` is kept too.
std::string plain(const std::string& name, std::string_view also) {
  std::string out = name;
  for (char& c : out) {
    const bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool foreign = static_cast<unsigned char>(c) >= 0x80;  // of a character of UTF-8
    if (!letter && !foreign && also.find(c) == std::string_view::npos) c = '-';
  }
  return out;
}

std::string taken_from(std::vector<std::string>& env, const std::string& name) {
  const auto found = std::find_if(
      env.begin(), env.end(), [&](const std::string& one) { return one.starts_with(name + "="); });
  if (found == env.end()) return {};
  std::string value = found->substr(name.size() + 1);
  env.erase(found);
  return value;
}

void set(std::vector<std::string>& env, const std::string& name, const std::string& value) {
  taken_from(env, name);
  std::string line = fmt::format("{}={}", name, value);
  env.insert(std::upper_bound(env.begin(), env.end(), line), std::move(line));
}

// What the script knows of this box.
struct Settings {
  std::string box;    // for the prompt; empty: it is left alone
  std::string marks;  // 133 or 633; empty: none
  std::string host;   // empty: no directories are told
  SharedPaths paths;
};

enum class Shell { bash, zsh, fish };

std::optional<Shell> shell_of(const std::string& program) {
  const std::string name = path::filename(program);
  if (name == "bash") return Shell::bash;
  if (name == "zsh") return Shell::zsh;
  if (name == "fish") return Shell::fish;
  return std::nullopt;
}

std::string quoted(Shell shell, const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += shell == Shell::fish ? "\\'" : "'\\''";
    } else if (c == '\\' && shell == Shell::fish) {
      out += "\\\\";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string head(Shell shell, const Settings& settings) {
  const bool fish = shell == Shell::fish;
  std::string text;
  const auto assign = [&](const char* name, const std::string& value) {
    text += fish ? fmt::format("set -g {} {}\n", name, value) : fmt::format("{}={}\n", name, value);
  };
  assign("__devbox_box", quoted(shell, settings.box));
  assign("__devbox_marks", quoted(shell, settings.marks));
  assign("__devbox_host", quoted(shell, settings.host));
  std::string rules;
  for (const auto& [path, shared] : settings.paths) {  // the deepest first
    const std::string rule = quoted(shell, (shared ? '+' : '-') + path);
    rules = rules.empty() ? rule : fmt::format("{} {}", rule, rules);
  }
  assign("__devbox_paths", fish ? rules : "(" + rules + ")");
  return text;
}

// Gives a variable back what it would have been.
std::string restored(Shell shell, const std::string& name, const std::string& value) {
  return value.empty() ? fmt::format("unset {}\n", name)
                       : fmt::format("export {}={}\n", name, quoted(shell, value));
}

void make(Plan& plan, const std::string& path, MadeKind kind, std::string content) {
  plan.mounts.emplace_back(Make{{.path = path,
                                 .kind = kind,
                                 .content = std::move(content),
                                 .mode = kind == MadeKind::file ? 0644U : 0755U}});
}

void add_script(Plan& plan, Shell shell, const Settings& settings) {
  std::string text = head(shell, settings);
  std::string file = fmt::format("{}/devbox.", kShellDirectory);
  make(plan, "/run/devbox", MadeKind::directory, {});
  make(plan, kShellDirectory, MadeKind::directory, {});
  switch (shell) {
    case Shell::bash:
      text += restored(shell, "ENV", taken_from(plan.env, "ENV"));
      text += kScript_bash;
      file += "bash";
      set(plan.env, "ENV", file);
      plan.argv.emplace_back("--posix");
      break;
    case Shell::zsh:
      text += restored(shell, "ZDOTDIR", taken_from(plan.env, "ZDOTDIR"));
      text += kScript_zsh;
      set(plan.env, "ZDOTDIR", kShellDirectory);
      file = fmt::format("{}/.zshenv", kShellDirectory);
      break;
    case Shell::fish:
      text += kScript_fish;
      file += "fish";
      plan.argv.insert(plan.argv.end(), {"--init-command", "source " + file});
      break;
  }
  make(plan, file, MadeKind::file, std::move(text));
}

// OSC 777 as toolbox sends it, and OSC 666 as newer VTE has it. VTE keeps no stack: who leaves a
// box in a box names the outer one again.
std::string entering(const std::string& box, std::uint32_t uid) {
  const std::string name = plain(box, "+-._");
  return fmt::format(
      "\033]777;container;push;{0};devbox;{1}\033\\"
      "\033]666;vte.container.name={0};vte.container.runtime=devbox;vte.container.uid={1}\033\\",
      name, uid);
}

std::string leaving(std::uint32_t uid) {
  return fmt::format(
      "\033]777;container;pop;;;{}\033\\"
      "\033]666;vte.container.name;vte.container.runtime;vte.container.uid\033\\",
      uid);
}

// xterm's "Window manipulation", 22 and 23: the title on a stack, and off it.
constexpr const char* kKeepTitle = "\033[22;2t";
constexpr const char* kRestoreTitle = "\033[23;2t";

void announce(Plan& plan, const host::Host& host, const std::string& outer) {
  plan.terminal.entered = fmt::format("{}\033]2;{}\033\\{}", kKeepTitle, plain(plan.name, "+-._ "),
                                      entering(plan.name, host.uid));
  plan.terminal.left =
      (outer.empty() ? leaving(host.uid) : entering(outer, host.uid)) + kRestoreTitle;
}

}  // namespace

bool is_integrated(const profile::Profile& profile, const host::Host& host,
                   const Request& request) {
  const std::string term = value_of(host, "TERM");
  return request.interactive && request.command.empty() && profile.shell.integration &&
         !term.empty() && term != "dumb";
}

void integrate_shell(Plan& plan, const Resolved& resolved, const profile::Profile& profile,
                     const host::Host& host, const std::string& shell) {
  Settings settings;
  if (profile.shell.prompt) settings.box = plain(profile.name, "+-._ ");
  if (takes_sequences(value_of(host, "TERM"))) {
    const bool inside = value_of(host, "container") == "devbox";
    settings.marks = value_of(host, "TERM_PROGRAM") == "vscode" ? "633" : "133";
    settings.paths = shared_paths(plan, resolved);
    settings.host = host.hostname;
    if (inside) {
      settings.host = value_of(host, kHostName);
      settings.paths = shared_by_both(parse_shared(value_of(host, kHostPaths)), settings.paths);
    }
    if (!settings.host.empty()) {
      set(plan.env, kHostName, settings.host);
      set(plan.env, kHostPaths, shared_text(settings.paths));
    }
    announce(plan, host, inside && !settings.host.empty() ? value_of(host, "DEVBOX") : "");
  }
  // What the profile has at that place is its own matter.
  const bool free =
      std::none_of(resolved.mounts.begin(), resolved.mounts.end(), [](const WantedMount& wanted) {
        return path::is_within(kShellDirectory, wanted.mount.target) ||
               path::is_within(wanted.mount.target, kShellDirectory);
      });
  const std::optional<Shell> kind = shell_of(shell);
  if (kind && free) add_script(plan, *kind, settings);
}

}  // namespace devbox::plan
