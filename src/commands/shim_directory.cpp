#include "commands/shim_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include "editor/shim.hpp"
#include "host/cannot.hpp"
#include "host/files.hpp"
#include "host/new_file.hpp"
#include "store/identity.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

// For people, who read it in settings; the digits tell two of a name apart.
std::string name_of(const Subject& subject) {
  constexpr std::size_t kDigits = 8;
  std::string name = subject.profile.name;
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    if (!plain) c = '-';
  }
  const std::string project = store::project_of(subject.found, subject.host).value_or("");
  return name + "-" + store::identity(subject.profile.path, project).substr(0, kDigits);
}

struct Directory {
  Fd fd;
  std::string shown;

  // Of a regular file; std::nullopt where there is nothing of that name.
  std::optional<std::string> text(const std::string& name) const {
    const Fd file(::openat(fd.get(), name.c_str(), host::kCautiousRead | O_NOFOLLOW));
    if (!file && errno == ENOENT) return std::nullopt;
    host::Contents found =
        file ? host::contents(file.get(), editor::kMostShimBytes) : host::Contents{.err = errno};
    return found.ok() ? std::move(found.bytes) : std::string();  // none of ours
  }

  std::vector<std::string> names() const {
    const int copy = ::openat(fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(copy < 0 ? nullptr : ::fdopendir(copy),
                                                      ::closedir);
    if (!listing) throw host::cannot("list", shown, errno);
    std::vector<std::string> all;
    while (const dirent* entry = ::readdir(listing.get())) all.emplace_back(entry->d_name);
    std::sort(all.begin(), all.end());
    return all;
  }
};

Directory open_directory(const std::string& path) {
  Directory directory{Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), path};
  if (!directory.fd) throw host::cannot("open", path, errno);
  return directory;
}

void write_shim(const Directory& directory, const std::string& name, const std::string& text) {
  host::NewFile file(directory.fd.get(), directory.shown, 0755);
  file.write(text);
  file.rename(name);
}

}  // namespace

std::string shim_directory(const Subject& subject) {
  return path::join(path::join(subject.host.dirs.state, "shims"), name_of(subject));
}

std::vector<std::string> refresh_shims(const Subject& subject, const std::string& path) {
  const std::vector<std::string>& wanted = subject.profile.editor.shims;
  std::vector<std::string> removed, foreign;
  if (!wanted.empty()) host::make_directories(path);
  if (wanted.empty() && host::look(path).kind == host::NodeKind::missing) return removed;
  const Directory directory = open_directory(path);
  for (const std::string& command : wanted) {
    const std::string text = editor::shim_text({command, subject.profile.path},
                                               subject.installation.program, cli::kShimWord);
    const std::optional<std::string> old = directory.text(command);
    if (old && !editor::read_shim(*old)) {
      foreign.push_back(command);
    } else if (old != text) {
      write_shim(directory, command, text);
    }
  }
  for (const std::string& name : directory.names()) {
    if (std::binary_search(wanted.begin(), wanted.end(), name)) continue;
    const std::optional<editor::Shim> shim = editor::read_shim(directory.text(name).value_or(""));
    if (!shim || shim->profile != subject.profile.path) continue;
    if (::unlinkat(directory.fd.get(), name.c_str(), 0) < 0)
      throw host::cannot("remove", path::join(path, name), errno);
    removed.push_back(name);
  }
  if (!foreign.empty()) {
    throw Error(fmt::format("{} is no shim of devbox's, and is left alone",
                            printable(path::join(path, foreign.front()))),
                "move it away, or name another directory with `devbox shims --dir`");
  }
  return removed;
}

void refresh_known_shims(const Subject& subject) {
  const std::string path = shim_directory(subject);
  if (host::look(path).kind == host::NodeKind::directory) refresh_shims(subject, path);
}

}  // namespace devbox::commands
