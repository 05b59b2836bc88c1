#include "store/pull.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/digest.hpp"
#include "store/helper.hpp"
#include "store/inventory.hpp"
#include "store/listing.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

constexpr std::string_view kSha256 = "sha256:";

Json recipe_of(const ImageRequest& request) {
  Json recipe = {{"tag", request.tag}, {"platforms", Json::array()}};
  if (!request.digest.empty()) recipe["digest"] = std::string(kSha256) + request.digest;
  if (!request.platform.empty()) recipe["platforms"].push_back(request.platform);
  if (!request.layout.empty()) {
    recipe["layout"] = request.layout;
  } else if (!request.archive.empty()) {
    recipe["archive"] = request.archive;
    recipe["docker"] = request.docker;
  } else {
    recipe["registry"] = request.registry;
    recipe["repository"] = request.repository;
    recipe["mirrors"] = request.settings.mirrors;
    recipe["insecure"] = request.settings.insecure;
  }
  return recipe;
}

[[noreturn]] void unknown_answer() {
  throw Error("devbox-image described the image in a way that is not known",
              "this is a defect of devbox");
}

// "sha256:…", or the descriptor that has it.
std::string digest_of(const Json& said) {
  const Json& value = said.is_object() && said.contains("digest") ? said["digest"] : said;
  std::string text = value.is_string() ? value.get<std::string>() : std::string();
  if (text.starts_with(kSha256)) text.erase(0, kSha256.size());
  if (!is_digest(text)) unknown_answer();
  return text;
}

const Json& member(const Json& said, const char* key) {
  const auto found = said.find(key);
  if (found == said.end()) unknown_answer();
  return *found;
}

std::vector<std::string> digests_of(const Json& said) {
  std::vector<std::string> list;
  if (!said.is_array()) unknown_answer();
  for (const Json& one : said) list.push_back(digest_of(one));
  return list;
}

// What devbox-image says of one platform.
profile::LockedImage locked_in(const Json& said) {
  const auto file = said.find("file");
  return {.archive = file == said.end() ? std::string() : digest_of(*file),
          .plain = {},
          .tree = {},
          .manifest = digest_of(member(said, "manifest")),
          .config = digest_of(member(said, "config")),
          .layers = digests_of(member(said, "layers")),
          .diff_ids = digests_of(member(said, "diff_ids"))};
}

// Of an image that no index lists, that is the manifest's.
std::string index_in(const Json& said, const profile::LockedImage& image) {
  const auto found = said.find("index");
  return found == said.end() ? image.manifest : digest_of(*found);
}

void require_expected(const Imported& imported, const std::string& expected) {
  if (expected.empty() || imported.tree == expected) return;
  throw Error(
      fmt::format("the image is the one of the lock file, and the tree that it makes is another: "
                  "it has sha256:{}, and the lock file says sha256:{}",
                  imported.tree, expected),
      "another version of devbox locked it; `devbox lock --update` pins what this one makes");
}

// Where the logs of layers are that trees in the store were made of. Files of others cannot be
// linked: a store with owners shares none.
Json known_layers(const Pinned& store, const ImageRequest& request) {
  Json known = Json::object();
  if (store.ids() != nullptr) return known;
  const std::string trees = path::join(store.directory(), "trees");
  for (const std::string& tree : names_in(trees)) {
    const std::string logs = fmt::format("{}/{}/layers", trees, tree);
    for (const std::string& layer : names_in(logs)) {
      const std::vector<std::string>& wanted = request.layers;
      const bool is_wanted =
          wanted.empty() || std::find(wanted.begin(), wanted.end(), layer) != wanted.end();
      if (is_wanted && is_digest(layer))
        known[std::string(kSha256) + layer] = path::join(logs, layer);
    }
  }
  return known;
}

PulledImage pull(const Pinned& store, const std::string& image, const ImageRequest& request,
                 const Json& known, const std::string& expected, const Progress& progress) {
  Json asked = recipe_of(request);
  asked["known"] = known;
  const Fd recipe = json_file(asked);
  PulledImage pulled;
  const auto decide = [&](const Imported& imported) {
    require_expected(imported, expected);
    pulled.locked = locked_in(imported.said);
    pulled.index = index_in(imported.said, pulled.locked);
    pulled.locked.tree = imported.tree;
    pulled.locked.plain = imported.plain;
    ImageRequest exact = request;
    exact.digest = pulled.locked.manifest;
    return Label{image_key(request.digest.empty() ? pulled.locked.manifest : request.digest,
                           request.platform),
                 request.shown,
                 {{"manifest", std::string(kSha256) + pulled.locked.manifest},
                  {"platform", request.platform},
                  {"pull", recipe_of(exact)},
                  {"config", config_json(parse_config(imported.said))}}};
  };
  pulled.imported = import_stream(
      store, image, {.fd = recipe.get(), .shown = request.shown, .expected = {}, .verb = "pull"},
      progress, decide);
  return pulled;
}

}  // namespace

std::string image_key(std::string_view digest, std::string_view platform) {
  std::string words(platform);
  std::replace(words.begin(), words.end(), '/', '-');
  return fmt::format("oci-{}-{}", digest, words);
}

Imported pull_again(const Pinned& store, const Pinned::Staging& staging, const std::string& image,
                    const PinnedTree& source, const Progress& progress) {
  const auto recipe = source.info.find("pull");
  const std::string shown = info_text(source, "source");
  if (recipe == source.info.end() || !recipe->is_object()) {
    throw Error(fmt::format("where {} came from is not kept", printable(shown)),
                "remove it with `devbox image rm`, and pull it again");
  }
  const Fd file = json_file(*recipe);
  return unpack(store, staging, image,
                {.fd = file.get(), .shown = shown, .expected = {}, .verb = "pull"}, progress);
}

PulledImage pull_image(const Pinned& store, const std::string& image, const ImageRequest& request,
                       const std::string& expected, const Progress& progress) {
  const Json known = known_layers(store, request);
  try {
    return pull(store, image, request, known, expected, progress);
  } catch (const Incomplete&) {
    // An image that had the same layers was removed meanwhile, or is damaged.
    if (known.empty()) throw;
    return pull(store, image, request, Json::object(), expected, progress);
  }
}

ResolvedImage resolve_image(const std::string& image, const ImageRequest& request) {
  ImageRequest all = request;
  all.platform.clear();
  const Fd recipe = json_file(recipe_of(all));
  const Answer answer = ask({image, "resolve"}, recipe.get(), [](const Finding&) {});
  if (answer.status != 0) throw helper_failed("look up " + printable(request.shown), answer);
  const std::optional<Json> said = parse_json(answer.output);
  if (!said || !said->is_object()) unknown_answer();
  ResolvedImage resolved;
  const Json& platforms = member(*said, "platforms");
  if (!platforms.is_object() || platforms.empty()) unknown_answer();
  for (const auto& [name, one] : platforms.items()) resolved.platforms[name] = locked_in(one);
  resolved.index = index_in(*said, resolved.platforms.begin()->second);
  return resolved;
}

}  // namespace devbox::store
