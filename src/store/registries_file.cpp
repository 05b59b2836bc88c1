#include "store/registries_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "host/probe.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

constexpr std::size_t kMost = std::size_t{1} << 20U;

}  // namespace

std::string registries_path(const host::Host& host) {
  return path::join(host.dirs.config, "registries.toml");
}

profile::Registries read_registries(const host::Host& host) {
  const std::string path = registries_path(host);
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0 && (errno == ENOENT || errno == ENOTDIR)) return {};
  profile::ParsedRegistries parsed = profile::parse_registries(host::read_file(path, kMost), path);
  if (parsed.mistakes.empty()) return std::move(parsed.registries);
  std::string message;
  for (const std::string& mistake : parsed.mistakes)
    message += (message.empty() ? "" : "\n") + printable(mistake);
  throw Error(message, "devbox.toml(5), \"REGISTRIES\", has what may be in it");
}

}  // namespace devbox::store
