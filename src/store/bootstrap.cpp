#include "store/bootstrap.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "host/cannot.hpp"
#include "host/owners.hpp"
#include "store/digest.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

Json json_of(const Recipe& recipe) {
  Json locked = Json::array();
  for (const profile::LockedPackage& package : recipe.locked) {
    locked.push_back({{"name", package.name},
                      {"version", package.version},
                      {"architecture", package.architecture},
                      {"sha256", package.sha256}});
  }
  return {{"suite", recipe.suite},
          {"packages", recipe.packages},
          {"architecture", recipe.architecture},
          {"epoch", recipe.epoch},
          {"locked", locked},
          {"uids", host::map_json(recipe.maps.uids)},
          {"gids", host::map_json(recipe.maps.gids)},
          {"user", recipe.user},
          {"home", recipe.home},
          {"log", recipe.log}};
}

Fd file_of(const std::string& text) {
  Fd file(::memfd_create("recipe", MFD_CLOEXEC));
  const bool written = file && ::pwrite(file.get(), text.data(), text.size(), 0) ==
                                   static_cast<ssize_t>(text.size());
  if (!written) throw host::cannot("write", "the recipe", errno);
  return file;
}

// It was said by a process that no byte of an archive has reached, but a package's scripts have.
std::vector<profile::LockedPackage> packages_in(const Json& said) {
  std::vector<profile::LockedPackage> list;
  const auto found = said.find("packages");
  if (found == said.end() || !found->is_array()) return list;
  for (const Json& package : *found) {
    profile::LockedPackage& one = list.emplace_back();
    for (const auto& [key, member] :
         {std::pair{"name", &one.name}, std::pair{"version", &one.version},
          std::pair{"architecture", &one.architecture}, std::pair{"sha256", &one.sha256}}) {
      const auto value = package.find(key);
      if (value != package.end() && value->is_string()) *member = value->get<std::string>();
    }
    if (one.name.empty() || !is_digest(one.sha256))
      throw Error("devbox-image listed the packages in a way that is not known",
                  "this is a defect of devbox");
  }
  return list;
}

void require_same(const std::string& found, const std::string& expected) {
  if (expected.empty() || found == expected) return;
  throw Error(fmt::format("the packages are those of the lock file, and the tree that they make is "
                          "another: it has sha256:{}, and the lock file says sha256:{}",
                          found, expected),
              "a script of a package depends on the time or the machine; `devbox lock --update` "
              "pins what this machine makes");
}

}  // namespace

std::string plain_key(std::string_view plain) { return fmt::format("plain-{}", plain); }
std::string owned_key(std::string_view tree) { return fmt::format("owned-{}", tree); }

std::string debian_key(const Pinned& store, const std::string& plain, const std::string& tree) {
  return store.ids() == nullptr || tree.empty() ? plain_key(plain) : owned_key(tree);
}

Made bootstrap(const Pinned& store, const std::string& image, const Recipe& recipe,
               const Expected& expected, const Progress& progress) {
  const std::string shown = "debian:" + recipe.suite;
  const Fd file = file_of(json_line(json_of(recipe)));
  const bool with_owners = store.ids() != nullptr;
  Made made;
  const auto decide = [&](const Imported& imported) {
    made.installed = packages_in(imported.said);
    require_same(imported.plain, expected.plain);
    if (with_owners) require_same(imported.tree, expected.tree);
    // A lock file that does not know the owners is found by what it knows.
    const bool by_owners = expected.plain.empty() || !expected.tree.empty();
    return Label{debian_key(store, imported.plain, by_owners ? imported.tree : ""),
                 shown,
                 {{"packages", recipe.packages}}};
  };
  made.imported = import_stream(
      store, image, {.fd = file.get(), .shown = shown, .expected = {}, .verb = "bootstrap"},
      progress, decide);
  return made;
}

}  // namespace devbox::store
