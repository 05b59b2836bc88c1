#include "image/source.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "image/auth.hpp"
#include "image/recipe.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::string_view kSha256 = "sha256:";

std::map<std::string, std::string> known_layers(const Json& recipe) {
  std::map<std::string, std::string> known;
  const auto found = recipe.find("known");
  if (found == recipe.end()) return known;
  if (!found->is_object()) wrong_recipe("known");
  for (const auto& [digest, log] : found->items()) {
    if (!digest.starts_with(kSha256) || !log.is_string()) wrong_recipe("known");
    known[digest.substr(kSha256.size())] = log.get<std::string>();
  }
  return known;
}

std::vector<std::string> auth_files(const Json& recipe) {
  if (recipe.contains("auth_files")) return texts_member(recipe, "auth_files");
  return default_auth_files([](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  });
}

}  // namespace

std::string Source::text() const {
  if (!layout.empty() || !archive.empty()) {
    const std::string place = printable(layout.empty() ? archive : layout);
    return wanted().empty() ? place
                            : fmt::format("{}{}{}", place,
                                          digest.empty() ? ":" : "@sha256:", printable(wanted()));
  }
  return fmt::format("{}/{}{}{}", access.registry, access.repository,
                     digest.empty() ? ":" : "@sha256:", wanted());
}

Source parse_source(const Json& recipe) {
  if (!recipe.is_object()) wrong_recipe("object");
  Source source;
  source.access = {.registry = text_member(recipe, "registry"),
                   .repository = text_member(recipe, "repository"),
                   .mirrors = texts_member(recipe, "mirrors"),
                   .insecure = flag_member(recipe, "insecure"),
                   .auth_files = auth_files(recipe),
                   .timeouts = {}};
  source.layout = text_member(recipe, "layout");
  source.archive = text_member(recipe, "archive");
  source.docker = flag_member(recipe, "docker");
  source.known = known_layers(recipe);
  const bool here = !source.layout.empty() || !source.archive.empty();
  if (!here && source.access.registry.empty()) wrong_recipe("registry");
  if (!here && source.access.repository.empty()) wrong_recipe("repository");
  source.access.timeouts = timeouts_member(recipe);
  source.tag = text_member(recipe, "tag");
  source.digest = digest_member(recipe, "digest");
  if (!here && source.tag.empty() && source.digest.empty()) wrong_recipe("tag");
  for (const std::string& platform : texts_member(recipe, "platforms"))
    source.platforms.push_back(parse_platform(platform));
  return source;
}

}  // namespace devbox::image
