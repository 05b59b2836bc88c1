#include "image/recipe.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "host/cannot.hpp"
#include "image/oci.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kMostRecipe = std::size_t{4} << 20U;

long seconds_member(const Json& recipe, const char* key, long usual) {
  const auto found = recipe.find(key);
  if (found == recipe.end()) return usual;
  if (!found->is_number_unsigned() || *found == 0 || *found > 3600) wrong_recipe(key);
  return found->get<long>();
}

}  // namespace

void wrong_recipe(const char* key) {
  throw Error(fmt::format("the recipe's `{}` is missing or wrong", key),
              "this is a defect of devbox");
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
  if (!recipe->is_object()) wrong_recipe("object");
  return std::move(*recipe);
}

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

bool flag_member(const Json& recipe, const char* key) {
  const auto found = recipe.find(key);
  if (found == recipe.end()) return false;
  if (!found->is_boolean()) wrong_recipe(key);
  return found->get<bool>();
}

std::string digest_member(const Json& recipe, const char* key) {
  constexpr std::string_view kSha256 = "sha256:";
  const std::string text = text_member(recipe, key);
  if (text.empty()) return {};
  std::string hex = text.starts_with(kSha256) ? text.substr(kSha256.size()) : "";
  if (!is_sha256(hex)) wrong_recipe(key);
  return hex;
}

Timeouts timeouts_member(const Json& recipe) {
  const Timeouts usual;
  return {seconds_member(recipe, "connect_seconds", usual.connect_s),
          seconds_member(recipe, "stall_seconds", usual.stall_s)};
}

}  // namespace devbox::image
