#include "store/reference.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <memory>

#include "host/cannot.hpp"
#include "host/probe.hpp"
#include "profile/lock.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

constexpr std::string_view kSuffix = ".toml";

bool climbs(std::string_view path) {
  for (const std::string& part : split(path, '/')) {
    if (part == "..") return true;
  }
  return false;
}

// The names of the directory's profiles; the errno where it cannot be listed.
int names_in(const std::string& directory, std::vector<std::string>& names) {
  Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return errno;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd.get()), &::closedir);
  if (!stream) return errno;
  fd.release();  // the stream's now
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view file = entry->d_name;
    if (!file.ends_with(kSuffix) || profile::is_lock_name(file)) continue;
    const std::string_view name = file.substr(0, file.size() - kSuffix.size());
    struct stat st {};
    const bool leads_somewhere = ::stat(path::join(directory, file).c_str(), &st) == 0;
    if (leads_somewhere && is_name(name)) names.emplace_back(name);
    errno = 0;
  }
  return errno;
}

}  // namespace

bool is_path(std::string_view reference) {
  return reference.find('/') != std::string_view::npos || reference.ends_with(kSuffix);
}

bool is_name(std::string_view reference) {
  constexpr std::string_view kNever("/\0", 2);
  return !reference.empty() && reference.front() != '.' &&
         reference.find_first_of(kNever) == std::string_view::npos;
}

std::string file_of(std::string_view reference, const std::string& directory) {
  const std::string text =
      reference.starts_with('/') ? std::string(reference) : path::join(directory, reference);
  if (!climbs(reference)) return path::normal(text);
  const std::string parent = host::look(path::parent(text)).real;
  return parent.empty() ? path::normal(text) : path::join(parent, path::filename(text));
}

std::optional<Found> named(const std::string& name, std::span<const Found> search_path) {
  for (const Found& directory : search_path) {
    const std::string file = path::join(directory.path, name + std::string(kSuffix));
    struct stat st {};
    if (::stat(file.c_str(), &st) == 0) return Found{file, directory.origin};
    if (errno != ENOENT && errno != ENOTDIR) throw host::cannot("look at", file, errno);
  }
  return std::nullopt;
}

Names known_names(std::span<const Found> search_path) {
  std::map<std::string, Found> known;
  Names result;
  for (const Found& directory : search_path) {
    std::vector<std::string> names;
    const int err = names_in(directory.path, names);
    if (err != 0 && err != ENOENT && err != ENOTDIR && result.err == 0) {
      result.err = err;
      result.unreadable = directory.path;
    }
    for (const std::string& name : names) {
      known.try_emplace(
          name, Found{path::join(directory.path, name + std::string(kSuffix)), directory.origin});
    }
  }
  for (const auto& [name, found] : known) result.known.push_back({name, found});
  return result;
}

}  // namespace devbox::store
