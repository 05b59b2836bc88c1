#include "store/bootstrap.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/cannot.hpp"
#include "store/helper.hpp"
#include "store/inventory.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

[[noreturn]] void unknown_packages() {
  throw Error("devbox-image listed the packages in a way that is not known",
              "this is a defect of devbox");
}

// It was said by a process that no byte of an archive has reached, but a package's scripts have.
std::vector<profile::LockedPackage> packages_in(const Json& said) {
  const auto found = said.find("packages");
  if (found == said.end()) return {};
  auto packages = parse_packages(*found);
  if (packages) return std::move(*packages);
  unknown_packages();
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
               const Builder& builder, const Expected& expected, const Progress& progress) {
  const std::string shown = fmt::format("{}{}", kDebian, recipe.suite);
  const Fd file = json_file(recipe_json(recipe, builder));
  const bool with_owners = store.ids() != nullptr;
  Made made;
  const auto decide = [&](const Imported& imported) {
    made.installed = packages_in(imported.said);
    require_same(imported.plain, expected.plain);
    if (with_owners) require_same(imported.tree, expected.tree);
    // A lock file that does not know the owners is found by what it knows.
    const bool by_owners = expected.plain.empty() || !expected.tree.empty();
    Remembered remembered{.recipe = recipe, .one_id = builder.maps.uids.empty()};
    remembered.recipe.locked = made.installed;
    return Label{debian_key(store, imported.plain, by_owners ? imported.tree : ""),
                 shown,
                 {{"packages", recipe.packages}, {"recipe", remembered_json(remembered)}}};
  };
  made.imported = import_stream(
      store, image, {.fd = file.get(), .shown = shown, .expected = {}, .verb = "bootstrap"},
      progress, decide);
  return made;
}

std::vector<profile::LockedPackage> newest(const Pinned& store, const std::string& image,
                                           const Recipe& recipe, const Builder& builder) {
  const Fd file = json_file(recipe_json(recipe, builder));
  const Pinned::Staging staging = store.stage();
  const Answer answer = ask({image, "simulate", staging.path()}, file.get(), [](const Finding&) {});
  if (answer.status != 0)
    throw helper_failed(fmt::format("look up what {}{} has now", kDebian, recipe.suite), answer);
  std::vector<profile::LockedPackage> packages;
  const std::optional<Json> said = parse_json(answer.output);
  const auto list = said && said->is_object() ? said->find("packages") : Json::const_iterator();
  if (!said || !said->is_object() || list == said->end()) unknown_packages();
  for (const Json& one : *list) {
    const Finding package(one.is_object() ? one : Json::object());
    packages.push_back({package.text("name"), package.text("version"), {}, {}});
    if (packages.back().name.empty() || packages.back().version.empty()) unknown_packages();
  }
  return packages;
}

Imported bootstrap_again(const Pinned& store, const Pinned::Staging& staging,
                         const std::string& image, const host::Host& host, const PinnedTree& source,
                         const Progress& progress) {
  const std::string shown = info_text(source, "source");
  const auto recipe = source.info.find("recipe");
  const auto remembered = recipe == source.info.end() ? std::nullopt : parse_remembered(*recipe);
  if (!remembered) {
    throw Error(fmt::format("what {} was made from is not kept", printable(shown)),
                "remove it with `devbox image rm`, and pull it again");
  }
  Builder here = builder(host, store, remembered->recipe.suite);
  if (remembered->one_id) here.maps = {};
  if (!remembered->one_id && here.maps.uids.empty()) {
    throw Error(fmt::format("{} was made with subordinate ids, which {} cannot use now",
                            printable(shown), printable(host.user)),
                "`devbox doctor` says what is missing");
  }
  const Fd file = json_file(recipe_json(remembered->recipe, here));
  return unpack(store, staging, image,
                {.fd = file.get(), .shown = shown, .expected = {}, .verb = "bootstrap"}, progress);
}

}  // namespace devbox::store
