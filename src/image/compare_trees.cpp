#include "image/compare_trees.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "host/cannot.hpp"
#include "image/limits.hpp"
#include "image/parents.hpp"
#include "kernel/file.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

using Side = int;  // the directory, borrowed
using Names = std::map<std::string, struct stat>;

// Looking into a file takes a minute where somebody means it to.
constexpr std::uint64_t kMostLookedInto = 1000;

std::string kind_of(const struct stat& st) {
  const auto device = [&](std::string_view word) {
    return fmt::format("{} {}:{}", word, major(st.st_rdev), minor(st.st_rdev));
  };
  switch (st.st_mode & S_IFMT) {
    case S_IFREG:
      return "file";
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "link";
    case S_IFIFO:
      return "fifo";
    case S_IFSOCK:
      return "socket";
    case S_IFCHR:
      return device("character device");
    default:
      return device("block device");
  }
}

Fd open_directory_at(Side side, const std::string& path) {
  const kernel::Sys<int> found = kernel::open_below(side, path.c_str());
  const Fd there(found.value);
  if (!found) throw host::cannot("open", path, found.err);
  Fd fd(::openat(there.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) throw host::cannot("read", path, errno);
  return fd;
}

std::string link_text(Side side, const std::string& path) {
  const kernel::Sys<int> link = kernel::open_below(side, path.c_str());
  const Fd fd(link.value);
  if (!link) throw host::cannot("open", path, link.err);
  char text[PATH_MAX];
  const ssize_t size = ::readlinkat(fd.get(), "", text, sizeof text);
  if (size < 0) throw host::cannot("read", path, errno);
  return {text, static_cast<std::size_t>(size)};
}

// A regular file, and how long it is.
struct File {
  Fd fd;
  std::uint64_t size = 0;
};

File open_file(Side side, const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const kernel::Sys<int> parent = kernel::open_parent(side, path.c_str());
  const Fd there(parent.value);
  if (!parent) throw host::cannot("open", path, parent.err);
  File file{Fd(::openat(there.get(), name_of(path).c_str(), kFlags))};
  struct stat st {};
  if (!file.fd || ::fstat(file.fd.get(), &st) < 0) throw host::cannot("open", path, errno);
  if (!S_ISREG(st.st_mode)) {
    throw Error(fmt::format("cannot read {}: it is no file any more", printable(path)),
                "somebody writes to what is compared; try again once nobody does");
  }
  file.size = static_cast<std::uint64_t>(st.st_size);
  return file;
}

class Comparison {
 public:
  Comparison(Side first, Side second, const std::function<void(const PathDifference&)>& use)
      : first_(first), second_(second), use_(use) {}

  Compared run() {
    compare_directory("");
    return result_;
  }

 private:
  struct Both {
    const struct stat* first = nullptr;  // null where it is not there
    const struct stat* second = nullptr;
  };

  // What is open is closed before the next level: of levels there are as many as a path has room
  // for.
  void compare_directory(const std::string& path) {
    const Names first = names_in(first_, path);
    const Names second = names_in(second_, path);
    std::map<std::string_view, Both> all;
    for (const auto& [name, st] : first) all[name].first = &st;
    for (const auto& [name, st] : second) all[name].second = &st;
    for (const auto& [name, both] : all)
      compare_name(path.empty() ? std::string(name) : fmt::format("{}/{}", path, name), both);
    names_ -= first.size() + second.size();
  }

  void compare_name(const std::string& path, const Both& both) {
    if (both.first != nullptr && both.second != nullptr)
      return compare(path, *both.first, *both.second);
    const bool in_first = both.first != nullptr;
    tell({.path = path,
          .aspect = in_first ? Aspect::only_in_first : Aspect::only_in_second,
          .first = in_first ? kind_of(*both.first) : "",
          .second = in_first ? "" : kind_of(*both.second)});
  }

  Names names_in(Side side, const std::string& path) {
    Fd fd = open_directory_at(side, path);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd.get()), &::closedir);
    if (!stream) throw host::cannot("read", path, errno);
    static_cast<void>(fd.release());  // the stream's now
    Names names;
    errno = 0;
    while (const dirent* found = ::readdir(stream.get())) {
      const std::string_view name = found->d_name;
      if (name == "." || name == "..") continue;
      struct stat st {};
      if (::fstatat(::dirfd(stream.get()), found->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        throw host::cannot("look at", path + '/' + found->d_name, errno);
      names.emplace(name, st);
      if (++names_ > 2 * kMostNames) {
        throw Error(fmt::format("there are more than {} names", kMostNames),
                    "a build that makes so many is not compared; pack them into an archive");
      }
      errno = 0;
    }
    if (errno != 0) throw host::cannot("read", path, errno);
    return names;
  }

  void compare(const std::string& path, const struct stat& a, const struct stat& b) {
    const std::string kind = kind_of(a);
    if (kind != kind_of(b))
      return tell({.path = path, .aspect = Aspect::kind, .first = kind, .second = kind_of(b)});
    if (S_ISLNK(a.st_mode)) return compare_links(path);
    const auto mode = [](const struct stat& st) {
      return fmt::format("{:04o}", st.st_mode & 07777U);
    };
    if (mode(a) != mode(b))
      tell({.path = path, .aspect = Aspect::mode, .first = mode(a), .second = mode(b)});
    if (S_ISDIR(a.st_mode)) compare_directory(path);
    if (S_ISREG(a.st_mode)) compare_files(path);
  }

  void compare_links(const std::string& path) {
    std::string a = link_text(first_, path);
    std::string b = link_text(second_, path);
    if (a == b) return;
    tell({.path = path, .aspect = Aspect::link, .first = std::move(a), .second = std::move(b)});
  }

  void compare_files(const std::string& path) {
    const File a = open_file(first_, path);
    const File b = open_file(second_, path);
    const FileBytes bytes_a(a.fd.get(), a.size, path);
    const FileBytes bytes_b(b.fd.get(), b.size, path);
    const auto found = first_difference(bytes_a, bytes_b, Count::yes);
    ++result_.files;
    result_.bytes += a.size;
    if (!found) return;
    PathDifference difference{.path = path,
                              .first = {},
                              .second = {},
                              .offset = found->offset,
                              .sizes = {a.size, b.size},
                              .differing_bytes = found->differing_bytes};
    Allowance allowance;
    if (looked_into_++ < kMostLookedInto)
      difference.spot = spot_of(bytes_a, bytes_b, found->offset, allowance);
    tell(difference);
  }

  void tell(const PathDifference& difference) {
    result_.same = false;
    use_(difference);
  }

  Side first_;
  Side second_;
  const std::function<void(const PathDifference&)>& use_;
  Compared result_;
  std::size_t names_ = 0;  // that are known at once
  std::uint64_t looked_into_ = 0;
};

}  // namespace

const char* word_of(Aspect aspect) {
  switch (aspect) {
    case Aspect::content:
      return "content";
    case Aspect::kind:
      return "kind";
    case Aspect::mode:
      return "mode";
    case Aspect::link:
      return "link";
    case Aspect::only_in_first:
      return "only_in_first";
    case Aspect::only_in_second:
      break;
  }
  return "only_in_second";
}

Compared compare_trees(int first, int second,
                       const std::function<void(const PathDifference&)>& use) {
  return Comparison(first, second, use).run();
}

}  // namespace devbox::image
