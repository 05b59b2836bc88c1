#include "image/refusal.hpp"

#include <fmt/format.h>

#include "util/json.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kMostWords = 300;

std::string shortened(std::string_view text) {
  const std::size_t end = text.find_first_of("\r\n");
  text = text.substr(0, end);
  return printable(text.substr(0, kMostWords)) + (text.size() > kMostWords ? "..." : "");
}

std::string text_of(const ForeignJson& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// {"errors": [{"code", "message"}]}; token servers have {"details"} and {"error_description"}.
std::string words_of(const ForeignJson& document) {
  const auto errors = document.find("errors");
  if (errors != document.end() && errors->is_array() && !errors->empty() &&
      errors->front().is_object()) {
    const std::string code = text_of(errors->front(), "code");
    const std::string message = text_of(errors->front(), "message");
    return code + (code.empty() || message.empty() ? "" : ": ") + message;
  }
  for (const char* key : {"details", "error_description", "message", "error"}) {
    if (std::string text = text_of(document, key); !text.empty()) return text;
  }
  return {};
}

std::string_view reason(int status) {
  switch (status) {
    case 401:
      return "it wants a login";
    case 403:
      return "it does not allow it";
    case 404:
      return "it does not have it";
    case 405:
      return "it does not know how";
    case 413:
      return "it is too large for it";
    case 416:
      return "it has less of it";
    case 429:
      return "it has been asked too often";
    default:
      return status >= 500 ? "it has a failure of its own" : "it does not do it";
  }
}

std::string hint(std::string_view registry, const Response& response) {
  const std::string name = printable(registry);
  switch (response.status) {
    case 401:
      return fmt::format(
          "`docker login {0}`, `podman login {0}` or `skopeo login {0}` keeps your "
          "password where devbox looks; or the image does not exist",
          name);
    case 403:
      return fmt::format("is it allowed to the user of `docker login {0}` or `podman login {0}`?",
                         name);
    case 404:
      return "are the repository and the tag spelt right?";
    case 429: {
      const std::string wait = response.header("retry-after").value_or("");
      const std::string limit =
          fmt::format("those who log in (`docker login {}`) may ask more often", name);
      return wait.empty() ? limit
                          : fmt::format("it wants to be left alone until Retry-After: {}; {}",
                                        shortened(wait), limit);
    }
    default:
      return response.status >= 500 ? "try again later; its status page or its administrators know"
                                    : "";
  }
}

}  // namespace

std::string registry_words(const Response& response) {
  const std::size_t first = response.body.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || response.body[first] == '<') return {};
  const std::optional<ForeignJson> document = parse_foreign_json(response.body);
  if (!document) return shortened(std::string_view(response.body).substr(first));
  return document->is_object() ? shortened(words_of(*document)) : std::string();
}

std::string answer_text(const Response& response) {
  const std::string words = registry_words(response);
  return fmt::format("{} answers {}, {}{}{}", printable(response.url.authority()), response.status,
                     reason(response.status), words.empty() ? "" : ": ", words);
}

Error refusal(std::string_view what, std::string_view registry, const Response& response) {
  if (!response.failure.empty())
    return Error(fmt::format("cannot {}: {}", what, response.failure), response.hint);
  return Error(fmt::format("cannot {}: {}", what, answer_text(response)), hint(registry, response));
}

}  // namespace devbox::image
