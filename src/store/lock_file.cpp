#include "store/lock_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "host/new_file.hpp"
#include "host/probe.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

constexpr std::size_t kMost = std::size_t{4} << 20U;  // some 30,000 packages

std::string beside(const Found& profile) {
  return path::join(path::parent(profile.path), profile::lock_name(path::filename(profile.path)));
}

bool is_machines(const Found& profile) {
  return profile.origin == Origin::system || profile.origin == Origin::installed;
}

std::optional<profile::Text> read(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  return profile::Text{path, host::read_file(path, kMost)};
}

}  // namespace

std::string lock_path(const Found& profile, const host::Host& host) {
  if (!is_machines(profile)) return beside(profile);
  return path::join(path::join(host.dirs.config, "locks"),
                    profile::lock_name(path::filename(profile.path)));
}

std::optional<profile::Text> read_lock(const Found& profile, const host::Host& host) {
  std::optional<profile::Text> own = read(lock_path(profile, host));
  return own || !is_machines(profile) ? std::move(own) : read(beside(profile));
}

profile::Lock parse_lock(const profile::Text& text, profile::LockPart part) {
  profile::ParsedLock parsed = profile::parse_lock(text.bytes, text.path, part);
  if (parsed.mistakes.empty()) return std::move(parsed.lock);
  std::string message;
  for (const std::string& mistake : parsed.mistakes)
    message += (message.empty() ? "" : "\n") + printable(mistake);
  throw Error(message, "`devbox lock --update` writes it anew");
}

void write_lock(const std::string& path, const std::string& bytes) {
  const std::string parent = path::parent(path);
  host::make_directories(parent);
  const Fd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) throw host::cannot("open", parent, errno);
  host::NewFile file(directory.get(), parent, 0644);
  file.write(bytes);
  file.rename(path::filename(path));
  if (::fsync(directory.get()) != 0) throw host::cannot("write", path, errno);
}

}  // namespace devbox::store
