#include "store/fetch.hpp"

#include <fmt/format.h>

#include <utility>

#include "profile/url.hpp"
#include "store/digest.hpp"
#include "store/helper.hpp"
#include "store/registries_file.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

constexpr const char* kVerb = "fetch";

// What devbox-image reads (image/download.hpp).
Fd recipe_of(const ArchiveUrl& url, const std::string& expected) {
  Json recipe = {{"url", url.text}, {"insecure", url.insecure}};
  if (!expected.empty()) recipe["expected"] = "sha256:" + expected;
  return json_file(recipe);
}

}  // namespace

ArchiveUrl archive_url(const host::Host& host, const std::string& text) {
  const profile::Registries registries = read_registries(host);
  const auto found = registries.find(profile::registry_name(profile::url_authority(text)));
  return {text, found != registries.end() && found->second.insecure};
}

Imported import_url(const Pinned& store, const std::string& image, const ArchiveUrl& url,
                    const std::string& expected, const Progress& progress) {
  const Fd recipe = recipe_of(url, expected);
  return import_stream(store, image,
                       {.fd = recipe.get(), .shown = url.text, .expected = expected, .verb = kVerb},
                       progress, [&](const Imported& imported) {
                         return Label{archive_key(imported.archive), "tar:" + url.text};
                       });
}

Imported fetch(const Pinned& store, const Pinned::Staging& staging, const std::string& image,
               const ArchiveUrl& url, Stream stream, const Progress& progress) {
  const Fd recipe = recipe_of(url, stream.expected);
  stream.fd = recipe.get();
  stream.shown = url.text;
  stream.verb = kVerb;
  return unpack(store, staging, image, stream, progress);
}

std::string url_digest(const std::string& image, const ArchiveUrl& url, const Progress& progress) {
  const Fd recipe = recipe_of(url, {});
  const Answer answer = ask({image, "hash"}, recipe.get(), [&](const Finding& finding) {
    if (!finding.has("error")) progress(step_in(finding));
  });
  const std::optional<Json> said = parse_json(answer.output);
  std::string hash = said && said->is_object() ? Finding(*said).text("archive") : "";
  if (answer.status != 0 || !is_digest(hash))
    throw helper_failed("fetch " + printable(url.text), answer);
  return hash;
}

}  // namespace devbox::store
