#include "host/within.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "kernel/file.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::host {

Fd directory_within(int directory, const std::string& path, const std::string& shown) {
  const kernel::Sys<int> found = kernel::open_below(directory, path.c_str());
  if (!found) throw cannot("open", shown, found.err);
  const Fd place(found.value);
  Fd opened(::openat(place.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) throw cannot("open", shown, errno);
  return opened;
}

FileWithin file_within(int directory, const std::string& name, const std::string& shown,
                       std::size_t max_bytes) {
  const Fd fd(::openat(directory, name.c_str(), kCautiousRead | O_NOFOLLOW));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) throw cannot("open", shown, errno);
  Contents read = contents(fd.get(), max_bytes);
  if (read.err != 0) throw cannot("read", shown, read.err);
  if (!read.ok())
    throw Error(fmt::format(
        "{} is {}", printable(shown),
        read.too_long ? "longer than " + size_text(max_bytes) : std::string("not a regular file")));
  return {std::move(read.bytes), status.st_mode & 0777U};
}

}  // namespace devbox::host
