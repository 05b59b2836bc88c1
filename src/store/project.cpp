// store::project_of: the directory that a box gets as its workspace.
#include <sys/stat.h>

#include "store/profiles.hpp"
#include "store/upwards.hpp"
#include "util/path.hpp"

namespace devbox::store {
namespace {

// The directory above with a `.git`, a directory or (in a worktree or a submodule) a file; empty
// where there is none. A repository of the whole home directory ("dotfiles") is no project.
std::string git_root(const host::Host& host) {
  for (const std::string& directory : upwards(host).directories) {
    const std::string git = path::join(directory, ".git");
    const auto owner = owner_of(git, host);
    if (!owner) continue;
    struct stat st {};
    const bool is_repository = is_believed(*owner, host) && ::stat(git.c_str(), &st) == 0 &&
                               (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode));
    return is_repository && !holds_home(directory, host) ? directory : std::string();
  }
  return {};
}

bool is_devboxs_own(const std::string& directory, const host::Host& host) {
  const host::Directories& own = host.dirs;
  return path::is_within(directory, own.config) || path::is_within(directory, own.data) ||
         path::is_within(directory, own.state) || path::is_within(directory, own.runtime);
}

std::string candidate(const Found& found, const host::Host& host) {
  if (found.origin == Origin::project) return path::parent(found.path);
  if (host.cwd.empty()) return {};
  std::string root = git_root(host);
  if (root.empty()) root = host.cwd;
  return is_devboxs_own(root, host) ? std::string() : root;
}

}  // namespace

std::optional<std::string> project_of(const Found& found, const host::Host& host) {
  std::string project = candidate(found, host);
  if (project.empty() || holds_home(project, host)) return std::nullopt;
  return project;
}

}  // namespace devbox::store
