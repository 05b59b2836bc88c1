#include "image/source.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "host/cannot.hpp"
#include "image/auth.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kMostRecipe = std::size_t{4} << 20U;
constexpr std::string_view kSha256 = "sha256:";

[[noreturn]] void wrong_recipe(const char* key) {
  throw Error(fmt::format("the recipe's `{}` is missing or wrong", key),
              "this is a defect of devbox");
}

// Each is its default where it is left out.
std::string text_member(const Json& recipe, const char* key) {
  const auto found = recipe.find(key);
  if (found == recipe.end()) return {};
  if (!found->is_string()) wrong_recipe(key);
  return found->get<std::string>();
}

std::vector<std::string> texts_member(const Json& recipe, const char* key) {
  std::vector<std::string> texts;
  const auto found = recipe.find(key);
  if (found == recipe.end()) return texts;
  if (!found->is_array()) wrong_recipe(key);
  for (const Json& text : *found) {
    if (!text.is_string()) wrong_recipe(key);
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

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

bool flag_member(const Json& recipe, const char* key) {
  const auto found = recipe.find(key);
  if (found == recipe.end()) return false;
  if (!found->is_boolean()) wrong_recipe(key);
  return found->get<bool>();
}

long seconds_member(const Json& recipe, const char* key, long usual) {
  const auto found = recipe.find(key);
  if (found == recipe.end()) return usual;
  if (!found->is_number_unsigned() || *found == 0 || *found > 3600) wrong_recipe(key);
  return found->get<long>();
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

Json read_recipe(int fd) {
  std::string text;
  char bytes[16384];
  while (true) {
    const ssize_t got = ::read(fd, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw host::cannot("read", "the recipe", errno);
    if (got == 0) break;
    text.append(bytes, static_cast<std::size_t>(got));
    if (text.size() > kMostRecipe) wrong_recipe("size");
  }
  std::optional<Json> recipe = parse_json(text);
  if (!recipe) wrong_recipe("syntax");
  return std::move(*recipe);
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
  const Timeouts usual;
  source.access.timeouts = {seconds_member(recipe, "connect_seconds", usual.connect_s),
                            seconds_member(recipe, "stall_seconds", usual.stall_s)};
  source.tag = text_member(recipe, "tag");
  const std::string digest = text_member(recipe, "digest");
  if (!digest.empty()) {
    source.digest = digest.starts_with(kSha256) ? digest.substr(kSha256.size()) : "";
    if (!is_sha256(source.digest)) wrong_recipe("digest");
  }
  if (!here && source.tag.empty() && source.digest.empty()) wrong_recipe("tag");
  for (const std::string& platform : texts_member(recipe, "platforms"))
    source.platforms.push_back(parse_platform(platform));
  return source;
}

}  // namespace devbox::image
