#include "host/reach.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "host/files.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"

namespace devbox::host {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1024} * 1024;

LocalTime local_time() {
  constexpr const char* kPath = "/etc/localtime";
  char text[PATH_MAX];
  const ssize_t size = ::readlink(kPath, text, sizeof text);
  if (size < 0) return {.is_there = errno == EINVAL, .link = {}};  // EINVAL: no link
  const std::string_view link(text, static_cast<std::size_t>(size));
  return {.is_there = true, .link = path::absolute(link, "/etc")};
}

std::optional<FileStamp> stamp_from(const struct stat& st, std::string path) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (!S_ISREG(st.st_mode)) return std::nullopt;
  return FileStamp{std::move(path), st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size),
                   st.st_ctim.tv_sec * kSecond + st.st_ctim.tv_nsec};
}

bool is_file(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
}

}  // namespace

int listens(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // unix(7): a name has room for 107 bytes; a longer one is reached through a descriptor.
  Fd held;
  std::string name = path;
  if (path.find('\0') != std::string::npos) return ENOENT;
  if (name.size() >= sizeof address.sun_path) {
    held = Fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!held) return errno;
    name = fmt::format("/proc/self/fd/{}", held.get());
  }
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(fd.get(), generic, sizeof address) == 0) return 0;
  return errno == EAGAIN ? 0 : errno;
}

std::optional<FileStamp> stamp_of(const std::string& path) {
  struct stat st {};
  if (path.empty() || ::stat(path.c_str(), &st) != 0) return std::nullopt;
  return stamp_from(st, path);
}

std::optional<FileStamp> stamp_of(int fd) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return std::nullopt;
  return stamp_from(st, "");
}

Reach reach(const ReachAsked& asked, const std::string& home) {
  Reach found;
  for (const std::string& path : asked.sockets) found.sockets.emplace(path, listens(path));
  for (const std::string& path : asked.files) {
    Contents read = contents(path.c_str(), kMostBytes);
    if (read.ok()) found.files.emplace(path, std::move(read.bytes));
  }
  if (asked.localtime) found.localtime = local_time();
  const std::string& zone = asked.zone_file.empty() ? found.localtime.link : asked.zone_file;
  found.has_zone_file = !zone.empty() && is_file(zone);
  if (asked.git) found.git = git_identity(*asked.git, home);
  return found;
}

}  // namespace devbox::host
