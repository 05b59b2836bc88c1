// A clean start: what the profile lets pass, what it sets, and what a box always has.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "plan/parts.hpp"
#include "plan/shell.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
                      text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

auto place_of(auto& variables, std::string_view name) {
  return std::lower_bound(
      variables.begin(), variables.end(), name,
      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
}

// Its value, which is empty where it was not there.
std::string& value_of(Variables& variables, std::string_view name) {
  auto place = place_of(variables, name);
  if (place == variables.end() || place->first != name)
    place = variables.emplace(place, std::string(name), std::string());
  return place->second;
}

// locale(7): the first of these that is set and not empty decides how characters are read.
constexpr const char* kLocaleNames[] = {"LC_ALL", "LC_CTYPE", "LANG"};

std::string locale_in(const Variables& variables) {
  for (const std::string_view name : kLocaleNames) {
    const auto found = place_of(variables, name);
    if (found != variables.end() && found->first == name && !found->second.empty())
      return found->second;
  }
  return "";
}

// Both are sorted by name; where both have one, `added` counts.
Variables merged(const auto& base, const auto& added) {
  Variables variables;
  variables.reserve(base.size() + added.size());
  auto old = base.begin();
  for (const auto& [name, value] : added) {
    for (; old != base.end() && old->first < name; ++old) variables.emplace_back(*old);
    if (old != base.end() && old->first == name) ++old;
    variables.emplace_back(name, value);
  }
  variables.insert(variables.end(), old, base.end());
  return variables;
}

void use_utf8_locale(Environment& environment) {
  auto& variables = environment.variables;
  const std::string missing = locale_in(variables);
  std::erase_if(variables, [](const auto& entry) {
    return entry.first == "LANGUAGE" || entry.first.starts_with("LC_");
  });
  value_of(variables, "LANG") = "C.UTF-8";
  environment.notes.push_back(
      {fmt::format("the image has no locale {}; LANG is C.UTF-8 inside", printable(missing))});
}

// What no variable of the host and of the profile goes before.
std::map<std::string, std::string> of_image(const store::ImageConfig& config) {
  std::map<std::string, std::string> variables;
  for (const std::string& text : config.env) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos && equals > 0)
      variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

// Programs and sockets of the host, in an editor's terminal: of no use to a box that does not have
// them at that place, and no pattern means them.
constexpr std::string_view kOfEditor[] = {"GIT_ASKPASS",
                                          "VSCODE_GIT_ASKPASS_EXTRA_ARGS",
                                          "VSCODE_GIT_ASKPASS_MAIN",
                                          "VSCODE_GIT_ASKPASS_NODE",
                                          "VSCODE_GIT_IPC_HANDLE",
                                          "VSCODE_IPC_HOOK_CLI"};

bool is_of_editor(std::string_view name) {
  return std::find(std::begin(kOfEditor), std::end(kOfEditor), name) != std::end(kOfEditor);
}

std::map<std::string, std::string> passing(const profile::Profile& profile, const host::Host& host,
                                           const Request& request) {
  std::map<std::string, std::string> variables;
  std::vector<std::string> patterns;
  for (const std::string& pattern : pass_patterns(profile)) {
    if (pattern.find('*') != std::string::npos) {
      patterns.push_back(pattern);
    } else if (const auto found = host.env.find(pattern); found != host.env.end()) {
      variables.insert(*found);
    }
  }
  for (const auto& variable : host.env) {
    if (passes(variable.first, patterns) && !is_of_editor(variable.first))
      variables.insert(variable);
  }
  if (!is_integrated(profile, host, request)) return variables;
  for (const char* name : kOfTerminal) {
    if (const auto found = host.env.find(name); found != host.env.end()) variables.insert(*found);
  }
  return variables;
}

}  // namespace

bool passes(const std::string& name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, name); });
}

const std::vector<std::string>& pass_patterns(const profile::Profile& profile) {
  static const std::vector<std::string> kDefault(std::begin(profile::kPassedByDefault),
                                                 std::end(profile::kPassedByDefault));
  return profile.env.pass_written ? profile.env.pass : kDefault;
}

std::string wanted_locale(const profile::Profile& profile, const host::Host& host) {
  const std::vector<std::string>& patterns = pass_patterns(profile);
  Variables variables;
  for (const std::string name : kLocaleNames) {
    const auto set = profile.env.set.find(name);
    const auto passed = host.env.find(name);
    if (set != profile.env.set.end()) {
      value_of(variables, name) = set->second;
    } else if (passed != host.env.end() && passes(name, patterns)) {
      value_of(variables, name) = passed->second;
    }
  }
  return locale_in(variables);
}

void parse_env_file(const std::string& path, const std::string& bytes,
                    std::map<std::string, std::string>& variables, Mistakes& mistakes) {
  unsigned number = 0;
  for (std::string_view rest = bytes; !rest.empty();) {
    ++number;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t equals = std::min(line.find('='), line.size());
    const std::string_view name = trimmed(line.substr(0, equals));
    if (name.empty() || equals == line.size() || line.find('\0') != std::string_view::npos) {
      mistakes.add({path, number, 1}, "not a line of the form NAME=value");
      continue;
    }
    variables[std::string(name)] = unquoted(trimmed(line.substr(equals + 1)));
  }
}

Environment make_environment(const Resolved& resolved, const profile::Profile& profile,
                             const host::Host& host, const Request& request, const Facts& facts,
                             const Ids& ids, const std::string& shell, const std::string& name,
                             const Variables& integrated) {
  std::map<std::string, std::string> base = of_image(resolved.config);
  const std::string search = base.try_emplace("PATH", kPath).first->second;
  for (auto& [key, value] : passing(profile, host, request)) base.insert_or_assign(key, value);
  base["PATH"] = search;
  base["HOME"] = host.home;
  base["USER"] = base["LOGNAME"] = ids.uid == 0 ? "root" : host.user;
  base["SHELL"] = shell;
  base["XDG_RUNTIME_DIR"] = fmt::format("/run/user/{}", ids.uid);
  base["container"] = "devbox";  // systemd's Container Interface, "Environment Variables"
  base["DEVBOX"] = name;
  for (const auto& [key, value] : integrated) base.insert_or_assign(key, value);
  Mistakes mistakes;
  for (const std::string& file : resolved.env_files) {
    const auto bytes = facts.files.find(file);
    if (bytes != facts.files.end()) parse_env_file(file, bytes->second, base, mistakes);
  }
  mistakes.throw_if_any();
  Environment environment;
  Variables& variables = environment.variables;
  variables = merged(base, resolved.env_set);
  std::string path;
  for (const std::string& directory : resolved.path_prepend) path += directory + ":";
  value_of(variables, "PATH").insert(0, path);
  std::map<std::string, std::string> asked;
  for (const auto& [key, value] : request.env) asked.insert_or_assign(key, value);
  if (!asked.empty()) variables = merged(variables, asked);
  if (!facts.rootfs.has_locale) use_utf8_locale(environment);
  return environment;
}

}  // namespace devbox::plan
