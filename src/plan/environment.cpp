// A clean start: what the profile lets pass, what it sets, and what a box always has.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "plan/parts.hpp"
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

using Variables = std::map<std::string, std::string>;

// locale(7): the first of these that is set and not empty decides how characters are read.
constexpr const char* kLocaleNames[] = {"LC_ALL", "LC_CTYPE", "LANG"};

std::string locale_in(const Variables& variables) {
  for (const char* name : kLocaleNames) {
    const auto found = variables.find(name);
    if (found != variables.end() && !found->second.empty()) return found->second;
  }
  return "";
}

// `added` is sorted, as `variables` is: each goes right behind the one before it.
template <class Sorted>
void set_all(Variables& variables, const Sorted& added) {
  auto hint = variables.begin();
  for (const auto& [name, value] : added)
    hint = std::next(variables.insert_or_assign(hint, name, value));
}

void use_utf8_locale(Environment& environment) {
  auto& variables = environment.variables;
  const std::string missing = locale_in(variables);
  std::erase_if(variables, [](const auto& entry) {
    return entry.first == "LANGUAGE" || entry.first.starts_with("LC_");
  });
  variables["LANG"] = "C.UTF-8";
  environment.notes.push_back(
      {fmt::format("the image has no locale {}; LANG is C.UTF-8 inside", printable(missing))});
}

Variables passing(const profile::Profile& profile, const host::Host& host) {
  Variables variables;
  std::vector<std::string> patterns;
  for (std::string& pattern : pass_patterns(profile)) {
    if (pattern.find('*') != std::string::npos) {
      patterns.push_back(std::move(pattern));
    } else if (const auto found = host.env.find(pattern); found != host.env.end()) {
      variables.insert(*found);
    }
  }
  for (const auto& variable : host.env) {
    if (passes(variable.first, patterns)) variables.insert(variable);
  }
  return variables;
}

}  // namespace

bool passes(const std::string& name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, name); });
}

std::vector<std::string> pass_patterns(const profile::Profile& profile) {
  if (profile.env.pass_written) return profile.env.pass;
  return {std::begin(profile::kPassedByDefault), std::end(profile::kPassedByDefault)};
}

std::string wanted_locale(const profile::Profile& profile, const host::Host& host) {
  const std::vector<std::string> patterns = pass_patterns(profile);
  Variables variables;
  for (const std::string name : kLocaleNames) {
    const auto set = profile.env.set.find(name);
    const auto passed = host.env.find(name);
    if (set != profile.env.set.end()) {
      variables.insert(*set);
    } else if (passed != host.env.end() && passes(name, patterns)) {
      variables.insert(*passed);
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
                             const Ids& ids, const std::string& shell, const std::string& name) {
  Environment environment;
  auto& variables = environment.variables;
  variables = passing(profile, host);
  variables["PATH"] = kPath;
  variables["HOME"] = host.home;
  variables["USER"] = variables["LOGNAME"] = ids.uid == 0 ? "root" : host.user;
  variables["SHELL"] = shell;
  variables["XDG_RUNTIME_DIR"] = fmt::format("/run/user/{}", ids.uid);
  variables["container"] = "devbox";  // systemd's Container Interface, "Environment Variables"
  variables["DEVBOX"] = name;
  if (!facts.rootfs.has_terminfo && !host.terminfo.empty())
    variables["TERMINFO_DIRS"] = "/run/devbox/terminfo:";
  Mistakes mistakes;
  for (const std::string& file : resolved.env_files) {
    const auto bytes = facts.files.find(file);
    if (bytes != facts.files.end()) parse_env_file(file, bytes->second, variables, mistakes);
  }
  mistakes.throw_if_any();
  set_all(variables, resolved.env_set);
  std::string path;
  for (const std::string& directory : resolved.path_prepend) path += directory + ":";
  variables["PATH"] = path + variables["PATH"];
  for (const auto& [key, value] : request.env) variables[key] = value;
  if (!facts.rootfs.has_locale) use_utf8_locale(environment);
  return environment;
}

}  // namespace devbox::plan
