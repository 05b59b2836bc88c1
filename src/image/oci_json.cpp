#include "image/oci_json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::string_view kSha256 = "sha256:";
constexpr std::size_t kShown = 100;

// "linux", "arm64", "v8": they become words of a lock file and of messages.
std::string word_member(const ForeignJson& object, const char* key, Presence presence) {
  constexpr std::string_view kOther = "-._+";
  std::string word = text_member(object, key, presence);
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOther.find(c) != std::string_view::npos;
  };
  if (word.size() > 64 || !std::all_of(word.begin(), word.end(), fits))
    throw Error(fmt::format("`{}` cannot be {}", key, shown_text(word)));
  return word;
}

}  // namespace

std::string shown_text(std::string_view text) {
  const bool is_long = text.size() > kShown;
  return fmt::format("\"{}{}\"", printable(text.substr(0, kShown)), is_long ? "…" : "");
}

bool is_sha256(std::string_view hex) {
  return hex.size() == 64 && std::all_of(hex.begin(), hex.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

ForeignJson read_document(std::string_view bytes) {
  if (bytes.size() > kMostDocument)
    throw Error(fmt::format("it has more than {} MiB", kMostDocument >> 20U));
  std::optional<ForeignJson> document = parse_foreign_json(bytes);
  if (!document || !document->is_object()) throw Error("it is no JSON object");
  return std::move(*document);
}

std::string text_member(const ForeignJson& object, const char* key, Presence presence) {
  const auto found = object.find(key);
  const bool missing = found == object.end() || found->is_null();
  if (missing && presence == Presence::optional) return {};
  if (missing) throw Error(fmt::format("`{}` is missing", key));
  if (!found->is_string()) throw Error(fmt::format("`{}` is no string", key));
  std::string text = found->get<std::string>();
  if (text.find('\0') != std::string::npos)
    throw Error(fmt::format("`{}` holds a NUL character", key));
  return text;
}

const ForeignJson& list_member(const ForeignJson& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) throw Error(fmt::format("`{}` is no list", key));
  return *found;
}

std::string read_digest(const ForeignJson& value, std::string_view name) {
  const std::string text = value.is_string() ? value.get<std::string>() : std::string();
  if (text.starts_with(kSha256) && is_sha256(std::string_view(text).substr(kSha256.size())))
    return text.substr(kSha256.size());
  if (text.starts_with("sha512:"))
    throw Error(fmt::format("{} is named by its SHA-512, and only SHA-256 is supported", name));
  throw Error(fmt::format("the digest of {} must be \"sha256:\" and 64 hex digits, not {}", name,
                          shown_text(text)));
}

Descriptor read_descriptor(const ForeignJson& value, std::string_view name) {
  if (!value.is_object()) throw Error(fmt::format("{} is no object", name));
  Descriptor descriptor;
  descriptor.media_type = text_member(value, "mediaType", Presence::required);
  const auto digest = value.find("digest");
  descriptor.digest = read_digest(digest == value.end() ? ForeignJson() : *digest, name);
  const auto size = value.find("size");
  // One that is negative is a signed number (nlohmann-json), one beyond 64 bits a float.
  if (size == value.end() || !size->is_number_unsigned())
    throw Error(fmt::format("the size of {} is no number of bytes", name));
  descriptor.size = size->get<std::uint64_t>();
  if (descriptor.size > kMostBlob)
    throw Error(fmt::format("{} has {} bytes, which no layer has", name, descriptor.size));
  return descriptor;
}

ImagePlatform read_platform(const ForeignJson& object) {
  if (!object.is_object()) throw Error("`platform` is no object");
  return {.os = word_member(object, "os", Presence::required),
          .architecture = word_member(object, "architecture", Presence::required),
          .variant = word_member(object, "variant", Presence::optional)};
}

}  // namespace devbox::image
