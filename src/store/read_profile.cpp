// store::read: the profile's bytes, and those of its bases.
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "host/probe.hpp"
#include "store/profiles.hpp"
#include "store/reference.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

constexpr std::size_t kMaxProfile = std::size_t{1024} * 1024;

// The file that `reference` names, whether it is there or not; std::nullopt for a name that is
// nowhere.
std::optional<std::string> base_path(std::string_view reference, const std::string& from,
                                     const host::Host& host,
                                     const std::vector<Found>& directories) {
  if (reference.starts_with("~/")) return file_of(reference.substr(2), host.home);
  if (is_path(reference)) return file_of(reference, path::parent(from));
  if (!is_name(reference)) return std::nullopt;
  const auto found = named(std::string(reference), directories);
  return found ? std::optional(found->path) : std::nullopt;
}

std::optional<profile::Text> read_base(std::string_view reference, const std::string& from,
                                       const host::Host& host,
                                       const std::vector<Found>& directories) {
  try {
    const auto file = base_path(reference, from, host, directories);
    struct stat st {};
    if (!file || (::stat(file->c_str(), &st) != 0 && (errno == ENOENT || errno == ENOTDIR)))
      return std::nullopt;
    return profile::Text{*file, host::read_file(*file, kMaxProfile)};
  } catch (const Error& error) {
    throw Error(
        fmt::format("{} extends `{}`: {}", printable(from), printable(reference), error.message()),
        error.hint());
  }
}

}  // namespace

profile::Profile read(const Found& found, const host::Host& host,
                      const std::string& installed_profiles) {
  const std::vector<Found> directories = search_path(host, installed_profiles);
  profile::Text text{found.path, host::read_file(found.path, kMaxProfile)};
  profile::Loaded loaded =
      profile::load(std::move(text), [&](std::string_view reference, const std::string& from) {
        return read_base(reference, from, host, directories);
      });
  if (!loaded.mistakes.empty()) throw Error(profile::describe(loaded.mistakes));
  return std::move(loaded.profile);
}

}  // namespace devbox::store
