#include "build/sources.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>

#include "build/artifacts.hpp"
#include "build/pattern.hpp"
#include "build/publish.hpp"
#include "host/cannot.hpp"
#include "host/capture.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::build {
namespace {

constexpr std::size_t kMostListed = std::size_t{512} * 1024 * 1024;  // bytes of names
constexpr int kDeepest = 256;  // directories in each other: as many are open at once

// What a repository says must run (core.fsmonitor) is not run: it may be a stranger's.
std::optional<host::Captured> git(const std::string& project, std::vector<std::string> words) {
  std::vector<std::string> argv = {"git", "-C", project, "-c", "core.fsmonitor=false"};
  std::move(words.begin(), words.end(), std::back_inserter(argv));
  return host::capture(argv, kMostListed);
}

bool exists(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0;
}

bool is_in_repository(const std::string& project) {
  for (std::string at = project;; at = path::parent(at)) {
    if (exists(path::join(at, ".git"))) return true;
    if (at == "/") return false;
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split(text, '\0');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::vector<std::string> tracked(const std::string& project) {
  const auto said = git(project, {"ls-files", "-z", "--cached", "--recurse-submodules"});
  if (!said) {
    throw Error(fmt::format("{} is in a git repository, and there is no git here to say which of "
                            "its files are tracked",
                            printable(project)),
                "install git, or let the task see all files: `untracked = true`");
  }
  if (!said->succeeded) {
    throw Error(fmt::format("git does not say which files of {} it tracks", printable(project)),
                fmt::format("`git -C {} ls-files` says why", shell_quoted(project)));
  }
  return lines_of(said->output);
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// Every file and link below, as paths relative to the first; `enters` says whether a directory is
// looked into.
class Listing {
 public:
  Listing(const std::string& root, std::function<bool(const std::string&)> enters)
      : root_(root), enters_(std::move(enters)) {
    Fd top(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!top) throw host::cannot("list", root, errno);
    list(std::move(top), "", 0);
  }
  std::vector<std::string> take() { return std::move(files_); }

 private:
  void list(Fd fd, const std::string& below, int depth) {
    if (depth > kDeepest) {
      throw Error(fmt::format("{} lies more than {} directories deep",
                              printable(path::join(root_, below)), kDeepest));
    }
    const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(fd.get()));
    if (!directory) throw host::cannot("list", path::join(root_, below), errno);
    fd.release();
    errno = 0;
    while (const dirent* entry = ::readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") visit(::dirfd(directory.get()), below, *entry, depth);
      errno = 0;
    }
    if (errno != 0) throw host::cannot("list", path::join(root_, below), errno);
  }

  void visit(int directory, const std::string& below, const dirent& entry, int depth) {
    const std::string path =
        below.empty() ? entry.d_name : fmt::format("{}/{}", below, entry.d_name);
    struct stat st {};
    if (::fstatat(directory, entry.d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) return;  // gone
    if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) files_.push_back(path);
    if (!S_ISDIR(st.st_mode) || !enters_(path)) return;
    Fd fd(::openat(directory, entry.d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) throw host::cannot("list", path::join(root_, path), errno);
    list(std::move(fd), path, depth + 1);
  }

  const std::string& root_;
  std::function<bool(const std::string&)> enters_;
  std::vector<std::string> files_;
};

bool is_output(const std::string& file, const std::vector<profile::Task>& all) {
  return std::any_of(all.begin(), all.end(), [&](const profile::Task& task) {
    return std::any_of(task.outputs.begin(), task.outputs.end(), [&](const std::string& output) {
      return file == output || file.starts_with(output + "/");
    });
  });
}

constexpr const char* kRepository = ".git";

// Where the publishing of an output was killed; build/publish.hpp.
bool is_left_over(const std::string& path) {
  return path::filename(path).starts_with(kUnpublished);
}

void add_named(Sources& sources, const std::string& project, const std::vector<std::string>& inputs,
               bool everything, const std::vector<profile::Task>& all) {
  const bool wants_git = std::find(inputs.begin(), inputs.end(), kRepository) != inputs.end();
  const auto is_hidden = [&](const std::string& path) {
    return is_left_over(path) || is_output(path, all) ||
           (path::filename(path) == kRepository && !wants_git);
  };
  const auto may_enter = [&](const std::string& directory) {
    if (is_hidden(directory)) return false;
    return everything || std::any_of(inputs.begin(), inputs.end(), [&](const std::string& input) {
             return may_name_below(input, directory);
           });
  };
  for (std::string& file : Listing(project, may_enter).take()) {
    if (is_hidden(file)) continue;
    const bool wanted =
        everything || std::any_of(inputs.begin(), inputs.end(),
                                  [&](const std::string& input) { return names(input, file); });
    if (wanted) sources.files.push_back(std::move(file));
  }
}

// Of plumbing alone: `git log` would show signatures with a program that the repository names.
void add_commit(Sources& sources, const std::string& project) {
  const auto said = git(project, {"rev-list", "--max-count=1", "--format=%ct", "HEAD"});
  if (!said || !said->succeeded) return;  // nothing has been committed yet
  const std::vector<std::string> lines = split(said->output, '\n');  // "commit HASH", and the time
  constexpr std::string_view kCommit = "commit ";
  if (lines.size() < 2 || !lines[0].starts_with(kCommit)) return;
  sources.commit = lines[0].substr(kCommit.size());
  std::from_chars(lines[1].data(), lines[1].data() + lines[1].size(), sources.committed);
}

}  // namespace

Sources sources(const std::string& project, const std::vector<const profile::Task*>& tasks,
                const std::vector<profile::Task>& all) {
  Sources found;
  std::vector<std::string> inputs;
  bool everything = false;
  for (const profile::Task* task : tasks) {
    inputs.insert(inputs.end(), task->inputs.begin(), task->inputs.end());
    everything = everything || task->untracked;
  }
  const bool in_repository = is_in_repository(project);
  found.by_git = in_repository && !everything;
  if (found.by_git) found.files = tracked(project);
  if (in_repository) add_commit(found, project);
  everything = everything || (!in_repository && inputs.empty());
  if (everything || !inputs.empty()) add_named(found, project, inputs, everything, all);
  std::sort(found.files.begin(), found.files.end());
  found.files.erase(std::unique(found.files.begin(), found.files.end()), found.files.end());
  std::erase_if(found.files,
                [&](const std::string& file) { return !exists(path::join(project, file)); });
  if (found.files.empty()) {
    throw Error(fmt::format("there is nothing to build in {}: {}", printable(project),
                            found.by_git ? "git tracks no file of it" : "it has no files"),
                found.by_git
                    ? "`git add` what the build needs, name it in `inputs` of the task, or "
                      "let it see all files: `untracked = true`"
                    : "");
  }
  return found;
}

std::vector<std::string> forgotten(const std::string& project, const Sources& sources,
                                   const std::vector<profile::Task>& all, std::size_t most) {
  if (!sources.by_git) return {};
  const auto said = git(project, {"ls-files", "-z", "--others", "--exclude-standard"});
  if (!said || !said->succeeded) return {};
  std::vector<std::string> files;
  for (std::string& file : lines_of(said->output)) {
    const bool seen = std::binary_search(sources.files.begin(), sources.files.end(), file);
    const bool is_made = is_left_over(file) || is_output(file, all);
    if (!seen && !is_made && files.size() < most) files.push_back(std::move(file));
  }
  return files;
}

// Of plumbing that reads neither the files nor what the repository wants to be run on them.
bool is_clean(const std::string& project, const Sources& sources, const std::string& tree) {
  if (!sources.by_git || sources.commit.empty()) return false;
  const auto said = git(project, {"ls-tree", "-r", "-z", sources.commit});
  if (!said || !said->succeeded) return false;
  std::size_t committed = 0;
  for (const std::string& line : lines_of(said->output)) {  // "MODE TYPE NAME", a tab, the path
    const std::size_t tab = line.find('\t');
    const std::vector<std::string> words = split(line.substr(0, tab), ' ');
    if (tab == std::string::npos || words.size() != 3) return false;
    if (words[1] != "blob") continue;  // a submodule
    const std::string path = line.substr(tab + 1);
    const std::string full = path::join(tree, path);
    struct stat st {};
    if (::lstat(full.c_str(), &st) < 0) return false;
    constexpr std::string_view kExecutable = "100755";
    const bool executable = S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR) != 0;
    if (executable != (words[0] == kExecutable)) return false;
    if (blob_name(tree, path, words[2]) != words[2]) return false;
    ++committed;
  }
  return committed == tracked(project).size();
}

}  // namespace devbox::build
