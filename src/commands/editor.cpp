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
#include "host/within.hpp"
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
  Fd project;
  std::string place;  // below it, with every link followed
  std::string shown;
  std::string text;
  bool is_new = true;
  mode_t mode = 0644;
};

// Of what holds the file. A box may have put a link there since its place was looked for: none is
// followed.
Fd open_directory(const SettingsFile& file) {
  const std::size_t slash = file.place.rfind('/');
  const std::string path = slash == std::string::npos ? "" : file.place.substr(0, slash);
  return host::directory_within(file.project.get(), path, path::parent(file.shown));
}

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
  const std::string path = fact.kind == host::NodeKind::missing
                               ? path::join(real_parent, path::filename(file.shown))
                               : fact.real;
  if (path == real || !path::is_within(path, real) ||
      (fact.kind == host::NodeKind::missing && !fact.link.empty()))
    throw Error(fmt::format("{} is a link that leads out of the project, or nowhere; it is left "
                            "alone",
                            printable(file.shown)),
                fmt::format("`devbox editor {}` prints the settings", kind.name));
  file.project.reset(::open(real.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.project) throw host::cannot("open", real, errno);
  file.place = path.substr(real == "/" ? 1 : real.size() + 1);
  if (fact.kind == host::NodeKind::missing) return file;
  const Fd above = open_directory(file);
  host::FileWithin found =
      host::file_within(above.get(), path::filename(file.place), file.shown, kMostSettingsBytes);
  file.text = std::move(found.text);
  file.mode = found.mode;
  file.is_new = false;
  return file;
}

void write_settings(const SettingsFile& file, const std::string& text) {
  const std::string above = path::parent(file.shown);
  const std::size_t slash = file.place.find('/');
  const std::string first = file.place.substr(0, slash);
  if (slash != std::string::npos && ::mkdirat(file.project.get(), first.c_str(), 0755) < 0 &&
      errno != EEXIST)
    throw host::cannot("make", above, errno);
  const Fd directory = open_directory(file);
  host::NewFile written(directory.get(), above, file.mode);
  written.write(text);
  written.rename(path::filename(file.place));
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
  if (dry_run) {
    const std::string diff = editor::unified_diff(file.text, text, shown, file.is_new);
    return print(::isatty(STDOUT_FILENO) == 1 ? printable_text(diff) : diff);
  }
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
