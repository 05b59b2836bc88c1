#include "build/collect.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <set>
#include <utility>

#include "build/copy.hpp"
#include "host/cannot.hpp"
#include "kernel/overlay.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::build {
namespace {

// As git has modes: who may run it. The rest depends on the umask of the build.
mode_t mode_of(const struct stat& st) {
  const bool executable = S_ISDIR(st.st_mode) || (st.st_mode & S_IXUSR) != 0;
  return executable ? 0755 : 0644;
}

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// A directory as the box saw it: what lies in either of the two, which may be missing.
struct Merged {
  Fd upper, lower;
};

enum class From { upper, lower };

struct Found {
  From from = From::upper;
  struct stat st {};
};

std::optional<Found> look(const Merged& directory, const std::string& name,
                          const std::string& shown) {
  Found found;
  for (const From from : {From::upper, From::lower}) {
    const Fd& fd = from == From::upper ? directory.upper : directory.lower;
    if (!fd) continue;
    found.from = from;
    if (::fstatat(fd.get(), name.c_str(), &found.st, AT_SYMLINK_NOFOLLOW) == 0) {
      if (from == From::upper && kernel::is_whiteout(found.st)) return std::nullopt;
      return found;
    }
    if (errno != ENOENT) throw host::cannot("read", shown, errno);
  }
  return std::nullopt;
}

Fd open_in(const Fd& directory, const std::string& name) {
  return Fd(directory ? ::openat(directory.get(), name.c_str(), kDirectory) : -1);
}

// `name` of `directory`, which is one in the view of the box.
Merged enter(const Merged& directory, const std::string& name, const Found& found,
             const std::string& shown) {
  Merged inside;
  if (found.from == From::upper) {
    inside.upper = open_in(directory.upper, name);
    if (!inside.upper) {
      throw Error(fmt::format("cannot read the directory {}, which the build made: {}",
                              printable(shown), host::errno_text(errno)),
                  "its user must be able to read what a build gives");
    }
  }
  if (!inside.upper || !kernel::is_opaque(inside.upper.get()))
    inside.lower = open_in(directory.lower, name);
  return inside;
}

class Collector {
 public:
  Collector(const std::string& upper, const std::string& lower, const std::string& result)
      : top_{open_directory(upper), open_directory(lower)}, result_(open_directory(result)) {}

  void take(const std::string& output) {
    const std::string parent = path::parent(output) == "." ? "" : path::parent(output);
    Merged at{duplicate(top_.upper), duplicate(top_.lower)};
    std::string shown;
    for (const std::string& name : split(parent, '/')) {
      if (name.empty()) continue;
      shown = path::join(shown, name);
      const std::optional<Found> found = look(at, name, shown);
      if (!found) throw missing(output);
      if (!S_ISDIR(found->st.st_mode)) throw not_a_directory(output, shown, found->st);
      at = enter(at, name, *found, shown);
    }
    const std::string name = path::filename(output);
    const std::optional<Found> found = look(at, name, output);
    if (!found) throw missing(output);
    if (S_ISLNK(found->st.st_mode)) require_inside(at, name, *found, output);
    const Fd to = make_below(result_.get(), parent, "the outputs");
    move(at, name, *found, to.get(), output);
  }

 private:
  static Fd duplicate(const Fd& fd) { return Fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)); }

  static Error missing(const std::string& output) {
    return Error(
        fmt::format("the build has made no {}, which is among its `outputs`", printable(output)),
        "paths of `outputs` are relative to the project; `devbox build --verbose` shows "
        "what the task says");
  }
  static Error not_a_directory(const std::string& output, const std::string& shown,
                               const struct stat& st) {
    return Error(fmt::format("the output {} is reached through {}, which is {}", printable(output),
                             printable(shown), host::kind_text(st.st_mode)),
                 "name the place itself in `outputs`");
  }

  static void require_inside(const Merged& at, const std::string& name, const Found& found,
                             const std::string& output) {
    std::array<char, 4097> text{};
    const Fd& directory = found.from == From::upper ? at.upper : at.lower;
    if (::readlinkat(directory.get(), name.c_str(), text.data(), text.size() - 1) < 0)
      throw host::cannot("read the link", output, errno);
    const std::string target = text.data();
    const std::string led = path::normal(path::join(path::parent(output), target));
    if (target.starts_with('/') || led == ".." || led.starts_with("../")) {
      throw Error(fmt::format("the output {} is a link to {}, outside of the project",
                              printable(output), printable(target)),
                  "let the task copy what it leads to");
    }
  }

  void move(const Merged& at, const std::string& name, const Found& found, int to,
            const std::string& shown) {
    if (S_ISDIR(found.st.st_mode)) return move_directory(at, name, found, to, shown);
    const bool is_movable = S_ISREG(found.st.st_mode) || S_ISLNK(found.st.st_mode);
    if (found.from == From::lower || !is_movable) {
      const Fd& directory = found.from == From::upper ? at.upper : at.lower;
      copy_tree(directory.get(), name, to, name, shown);
    } else if (::renameat(at.upper.get(), name.c_str(), to, name.c_str()) < 0) {
      throw host::cannot("take", shown, errno);
    }
    if (S_ISREG(found.st.st_mode) && ::fchmodat(to, name.c_str(), mode_of(found.st), 0) < 0)
      throw host::cannot("set the mode of", shown, errno);
  }

  void move_directory(const Merged& at, const std::string& name, const Found& found, int to,
                      const std::string& shown) {
    const Merged inside = enter(at, name, found, shown);
    if (::mkdirat(to, name.c_str(), 0700) < 0) throw host::cannot("make", shown, errno);
    const Fd target(::openat(to, name.c_str(), kDirectory));
    if (!target) throw host::cannot("open", shown, errno);
    std::set<std::string> names = names_in(inside.upper, shown);
    names.merge(names_in(inside.lower, shown));
    for (const std::string& one : names) {
      const std::string below = path::join(shown, one);
      if (const std::optional<Found> there = look(inside, one, below))
        move(inside, one, *there, target.get(), below);
    }
    const std::array<struct timespec, 2> times = {found.st.st_mtim, found.st.st_mtim};
    if (::fchmod(target.get(), mode_of(found.st)) < 0 || ::futimens(target.get(), times.data()) < 0)
      throw host::cannot("write", shown, errno);
  }

  static std::set<std::string> names_in(const Fd& directory, const std::string& shown) {
    if (!directory) return {};
    const std::vector<std::string> names = devbox::build::names_in(directory.get(), shown);
    return {names.begin(), names.end()};
  }

  Merged top_;
  Fd result_;
};

}  // namespace

void collect(const std::string& upper, const std::string& lower,
             const std::vector<std::string>& outputs, const std::string& result) {
  Collector collector(upper, lower, result);
  for (const std::string& output : outputs) collector.take(output);
}

}  // namespace devbox::build
