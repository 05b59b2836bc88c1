#include "store/recipe.hpp"

#include <fmt/format.h>

#include "host/id_helper.hpp"
#include "host/new_file.hpp"
#include "host/owners.hpp"
#include "host/probe.hpp"
#include "store/digest.hpp"
#include "util/path.hpp"

namespace devbox::store {
namespace {

host::IdMaps maps_for(const host::Host& host, const Pinned& store) {
  if (store.ids() != nullptr) return store.ids()->all();
  const host::SubordinateIds ids = host::subordinate_ids(host);
  const bool usable = !ids.uids.empty() && !ids.gids.empty() && host::refusing_helper(ids).empty();
  return usable ? host::with_user_as_root(host, ids) : host::IdMaps{};
}

Json json_of(const Recipe& recipe) {
  return {{"suite", recipe.suite},
          {"packages", recipe.packages},
          {"architecture", recipe.architecture},
          {"epoch", recipe.epoch},
          {"locked", packages_json(recipe.locked)}};
}

// Null where it lacks that.
const Json* member(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() ? nullptr : &*found;
}

std::string text(const Json& json, const char* key) {
  const Json* value = member(json, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::vector<std::string>> parse_words(const Json* list) {
  if (list == nullptr || !list->is_array()) return std::nullopt;
  std::vector<std::string> words;
  for (const Json& word : *list) {
    if (!word.is_string()) return std::nullopt;
    words.push_back(word.get<std::string>());
  }
  return words;
}

}  // namespace

Builder builder(const host::Host& host, const Pinned& store, const std::string& suite) {
  const std::string logs = path::join(host.dirs.state, "logs");
  host::make_directories(logs);
  return {.maps = maps_for(host, store),
          .user = host.user,
          .home = host.home,
          .log = path::join(logs, fmt::format("debian-{}.log", suite))};
}

Json recipe_json(const Recipe& recipe, const Builder& builder) {
  Json json = json_of(recipe);
  json.update({{"uids", host::map_json(builder.maps.uids)},
               {"gids", host::map_json(builder.maps.gids)},
               {"user", builder.user},
               {"home", builder.home},
               {"log", builder.log}});
  return json;
}

Json packages_json(const std::vector<profile::LockedPackage>& packages) {
  Json list = Json::array();
  for (const profile::LockedPackage& package : packages) {
    list.push_back({{"name", package.name},
                    {"version", package.version},
                    {"architecture", package.architecture},
                    {"sha256", package.sha256}});
  }
  return list;
}

std::optional<std::vector<profile::LockedPackage>> parse_packages(const Json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<profile::LockedPackage> packages;
  for (const Json& json : list) {
    if (!json.is_object()) return std::nullopt;
    profile::LockedPackage package{text(json, "name"), text(json, "version"),
                                   text(json, "architecture"), text(json, "sha256")};
    const bool whole = !package.name.empty() && !package.version.empty() &&
                       !package.architecture.empty() && is_digest(package.sha256);
    if (!whole) return std::nullopt;
    packages.push_back(std::move(package));
  }
  return packages;
}

Json remembered_json(const Remembered& remembered) {
  Json json = json_of(remembered.recipe);
  json["one_id"] = remembered.one_id;
  return json;
}

std::optional<Remembered> parse_remembered(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const Json* epoch = member(json, "epoch");
  const Json* one_id = member(json, "one_id");
  const Json* locked = member(json, "locked");
  auto words = parse_words(member(json, "packages"));
  auto packages = locked != nullptr ? parse_packages(*locked) : std::nullopt;
  const bool whole = epoch != nullptr && epoch->is_number_integer() && one_id != nullptr &&
                     one_id->is_boolean() && words && packages && !packages->empty();
  if (!whole) return std::nullopt;
  Remembered remembered{.recipe = {.suite = text(json, "suite"),
                                   .packages = std::move(*words),
                                   .architecture = text(json, "architecture"),
                                   .epoch = epoch->get<std::int64_t>(),
                                   .locked = std::move(*packages)},
                        .one_id = one_id->get<bool>()};
  if (remembered.recipe.suite.empty() || remembered.recipe.architecture.empty())
    return std::nullopt;
  return remembered;
}

}  // namespace devbox::store
