// What a shim does when it is called.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "commands/commands.hpp"
#include "commands/lsp.hpp"
#include "commands/prepare.hpp"
#include "editor/servers.hpp"
#include "editor/shim.hpp"
#include "host/cannot.hpp"
#include "host/files.hpp"
#include "plan/make.hpp"
#include "store/upwards.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

std::optional<editor::Shim> shim_at(const std::string& path) {
  const host::Contents file = host::contents(path.c_str(), editor::kMostShimBytes);
  return file.ok() ? editor::read_shim(file.bytes) : std::nullopt;
}

// In a box there is nothing to start anew: the next program of that name on PATH is the box's own.
[[noreturn]] void become_next(const std::string& command, std::vector<std::string> words) {
  const char* path = std::getenv("PATH");
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  for (const std::string& directory : split(path == nullptr ? "" : path, ':')) {
    const std::string file = path::join(directory, command);
    if (!directory.starts_with('/') || ::access(file.c_str(), X_OK) < 0 || shim_at(file)) continue;
    ::execv(file.c_str(), argv.data());
    throw host::cannot("run", file, errno);
  }
  throw Error(
      fmt::format("cannot run `{}`: the box has nothing but devbox's shim of it on its PATH",
                  command),
      "`env.pass` or `env.path.prepend` brings the directory of shims into the box",
      Error::Kind::not_found);
}

bool is_near(const host::Host& host) {
  if (host.cwd.empty()) return false;
  const std::vector<std::string> directories = store::upwards(host).directories;
  return std::any_of(directories.begin(), directories.end(), [](const std::string& directory) {
    return host::look(path::join(directory, "devbox.toml")).kind != host::NodeKind::missing;
  });
}

// Whether `path` is below a directory of the host that a box with the host's own programs has.
bool shows_of_host(const plan::Plan& plan, const std::string& path) {
  return std::any_of(plan.mounts.begin(), plan.mounts.end(), [&](const plan::Mount& mount) {
    const auto* mirror = std::get_if<plan::Mirror>(&mount);
    if (mirror == nullptr || mirror->target != "/") return false;
    const std::vector<std::string>& names = mirror->bound_directories;
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return path::is_within(path, "/" + name); });
  });
}

// Whether the box shows the host's file at its path.
bool is_shown(const plan::Plan& plan, const std::string& path) {
  const plan::Bind* deepest = nullptr;
  for (const plan::Mount& mount : plan.mounts) {
    const auto* bind = std::get_if<plan::Bind>(&mount);
    if (bind != nullptr && path::is_within(path, bind->target) &&
        (deepest == nullptr || bind->target.size() >= deepest->target.size()))
      deepest = bind;
  }
  if (deepest != nullptr && deepest->source == deepest->target) return true;
  if (plan.host_image && !shows_of_host(plan, path)) return false;
  return host::look(path::join(plan.root, path.substr(1))).kind != host::NodeKind::missing;
}

// An IDE names a file that the box does not have, and its compiler says no more than that.
void say_not_shown(const Subject& subject, const std::vector<std::string>& words) {
  const std::string& cwd = subject.host.cwd;
  const std::string project = subject.request.project.value_or("");
  std::optional<plan::Plan> plan;
  for (const std::string& word : words) {
    if (word.empty() || word.starts_with('-') || (cwd.empty() && !word.starts_with('/'))) continue;
    const std::string file = path::absolute(word, cwd);
    const bool is_ours = !project.empty() && path::is_within(file, project);
    if (is_ours || file == "/" || host::look(file).kind == host::NodeKind::missing) continue;
    if (!plan)
      plan = plan::make(subject.profile, subject.resolved, subject.host, subject.facts,
                        subject.request);
    if (is_shown(*plan, file)) continue;
    std::fputs(fmt::format("devbox: the box does not show {}; `[mounts]` in {} can\n",
                           printable(file), printable(subject.profile.path))
                   .c_str(),
               stderr);
  }
}

}  // namespace

void shim(const cli::ShimCall& verb, std::int64_t begun) {
  const std::optional<editor::Shim> shim = shim_at(verb.file);
  if (!shim)
    throw Error(fmt::format("{} is no shim of devbox's", printable(verb.file)),
                "`devbox shims` writes them");
  cli::BoxOptions options;
  options.command = {shim->command};
  options.command.insert(options.command.end(), verb.arguments.begin(), verb.arguments.end());
  const char* container = std::getenv("container");
  if (container != nullptr && std::string_view(container) == "devbox")
    become_next(shim->command, options.command);
  launch::close_inherited({});
  if (!is_near(host::probe())) options.profile = shim->profile;
  const Subject subject = prepare(options);
  admit(subject, options);
  say_not_shown(subject, verb.arguments);
  const profile::Editor& editor = subject.profile.editor;
  const std::vector<std::string> servers =
      editor::server_commands(editor.language_servers, editor.shims);
  if (std::find(servers.begin(), servers.end(), shim->command) != servers.end()) relay_messages();
  start(subject, options, Notes::silent, begun);
}

}  // namespace devbox::commands
