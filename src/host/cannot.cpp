#include "host/cannot.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <system_error>

#include "util/text.hpp"

namespace devbox::host {

std::string_view errno_hint(int err) {
  for (const ErrnoHint& hint : kErrnoHints) {
    if (hint.err == err) return hint.text;
  }
  return {};
}

std::string errno_text(int err) { return std::generic_category().message(err); }

std::string_view kind_text(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "a regular file";
    case S_IFDIR:
      return "a directory";
    case S_IFLNK:
      return "a symbolic link";
    case S_IFIFO:
      return "a FIFO";
    case S_IFSOCK:
      return "a socket";
    case S_IFCHR:
      return "a character device";
    case S_IFBLK:
      return "a block device";
    default:
      return "of an unknown kind";
  }
}

Error cannot(std::string_view verb, std::string_view path, int err) {
  return Error(fmt::format("cannot {} {}: {}", verb, printable(path), errno_text(err)),
               std::string(errno_hint(err)), Error::Kind::failed, err);
}

}  // namespace devbox::host
