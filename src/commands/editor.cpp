#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "commands/commands.hpp"
#include "commands/editor_file.hpp"
#include "commands/shim_directory.hpp"
#include "editor/diff.hpp"
#include "host/cannot.hpp"
#include "host/new_file.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

constexpr std::size_t kMostSettingsBytes = std::size_t{4} << 20U;

void say(const std::string& text) { std::fputs(fmt::format("devbox: {}\n", text).c_str(), stderr); }

editor::Toolchain toolchain_of(const Subject& subject, const std::string& profile) {
  editor::Toolchain toolchain;
  // A path that was typed is relative to here, and an editor starts elsewhere.
  if (!profile.empty())
    toolchain.profile =
        subject.found.origin == store::Origin::project ? subject.profile.path : profile;
  toolchain.shims = subject.profile.editor.shims;
  toolchain.shims_directory = shim_directory(subject);
  for (const std::string& command :
       editor::server_commands(subject.profile.editor.language_servers, toolchain.shims)) {
    const editor::Server* server = editor::find_server(command);
    if (server != nullptr) {
      toolchain.servers.push_back(server);
    } else {
      say(fmt::format("no settings are known for the language server {}: it is left out",
                      printable(command)));
    }
  }
  return toolchain;
}

struct SettingsFile {
  std::string path;  // with every link followed
  std::string shown;
  std::string text;
  bool is_new = true;
  mode_t mode = 0644;
};

// A link that leads out of the project is somebody else's file, perhaps one that a shell reads.
SettingsFile read_settings(const std::string& project, const EditorKind& kind) {
  SettingsFile file;
  file.shown = path::join(project, std::string(kind.file));
  const std::string real = host::look(project).real;
  const std::string directory = path::parent(file.shown);
  const host::PathFact parent = host::look(directory);
  const host::PathFact fact = host::look(file.shown);
  const std::string real_parent = parent.kind == host::NodeKind::missing
                                      ? path::normal(real + directory.substr(project.size()))
                                      : parent.real;
  file.path = fact.kind == host::NodeKind::missing
                  ? path::join(real_parent, path::filename(file.shown))
                  : fact.real;
  if (!path::is_within(file.path, real) ||
      (fact.kind == host::NodeKind::missing && !fact.link.empty()))
    throw Error(fmt::format("{} is a link that leads out of the project, or nowhere; it is left "
                            "alone",
                            printable(file.shown)),
                fmt::format("`devbox editor {}` prints the settings", kind.name));
  if (fact.kind == host::NodeKind::missing) return file;
  file.text = host::read_file(file.path, kMostSettingsBytes);
  file.is_new = false;
  struct stat status {};
  if (::stat(file.path.c_str(), &status) == 0) file.mode = status.st_mode & 0777U;
  return file;
}

void write_settings(const SettingsFile& file, const std::string& text) {
  const std::string directory = path::parent(file.path);
  if (::mkdir(directory.c_str(), 0755) < 0 && errno != EEXIST)
    throw host::cannot("make", directory, errno);
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) throw host::cannot("open", directory, errno);
  host::NewFile written(fd.get(), directory, file.mode);
  written.write(text);
  written.rename(path::filename(file.path));
}

int write(const Subject& subject, const EditorKind& kind, const editor::Toolchain& toolchain,
          bool dry_run) {
  const std::string project =
      store::project_of(subject.found, subject.host).value_or(subject.host.cwd);
  if (project.empty())
    throw Error("the working directory is gone", "enter the project, and try again");
  const SettingsFile file = read_settings(project, kind);
  const std::string shown = printable(file.shown);
  const std::string text = kind.merged(file.text, toolchain, shown);
  if (dry_run) return print(editor::unified_diff(file.text, text, shown, file.is_new));
  if (text == file.text) {
    say(fmt::format("{} has them already", shown));
  } else {
    write_settings(file, text);
    say(fmt::format("wrote {}", shown));
  }
  if (!kind.note.empty()) say(std::string(kind.note));
  return 0;
}

}  // namespace

int editor(const cli::Editor& verb) {
  const EditorKind& kind = find_editor(verb.name);
  const Subject subject = read_profile(verb.profile);
  const editor::Toolchain toolchain = toolchain_of(subject, verb.profile);
  // Settings name them.
  if (verb.write && !verb.dry_run) refresh_shims(subject, toolchain.shims_directory);
  if (verb.write || verb.dry_run) return write(subject, kind, toolchain, verb.dry_run);
  if (::isatty(STDERR_FILENO) == 1)
    say(fmt::format("for {}; `--write` puts them there, `--dry-run` shows how", kind.file));
  return print(kind.printed(toolchain));
}

}  // namespace devbox::commands
