#include "image/url.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kLongest = 8192;
constexpr std::size_t kShown = 200;

struct FreeUrl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using Parser = std::unique_ptr<CURLU, FreeUrl>;

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

bool set(CURLU* url, std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (text.empty() || text.size() > kLongest || std::any_of(text.begin(), text.end(), is_control))
    return false;
  return curl_url_set(url, CURLUPART_URL, std::string(text).c_str(),
                      CURLU_DISALLOW_USER | CURLU_URLENCODE) == CURLUE_OK;
}

std::optional<Url> read(CURLU* parser) {
  curl_url_set(parser, CURLUPART_FRAGMENT, nullptr, 0);  // servers never see it
  Url url{.text = part(parser, CURLUPART_URL),
          .scheme = lower_case(part(parser, CURLUPART_SCHEME)),
          .host = lower_case(part(parser, CURLUPART_HOST)),
          .port = part(parser, CURLUPART_PORT, CURLU_DEFAULT_PORT),
          .path = part(parser, CURLUPART_PATH),
          .query = part(parser, CURLUPART_QUERY)};
  const bool is_web = url.scheme == "http" || url.scheme == "https";
  if (!is_web || url.text.empty() || url.host.empty() || url.port.empty()) return std::nullopt;
  return url;
}

// 127.0.0.0/8; libcurl has written other forms of it, such as 0x7f.1, as four numbers.
bool is_loopback_v4(std::string_view host) {
  const std::vector<std::string> parts = split(host, '.');
  const auto is_byte = [](const std::string& part) {
    unsigned value = 0;
    const char* end = part.data() + part.size();
    const auto result = std::from_chars(part.data(), end, value);
    return result.ec == std::errc() && result.ptr == end && value < 256;
  };
  return parts.size() == 4 && parts[0] == "127" && std::all_of(parts.begin(), parts.end(), is_byte);
}

}  // namespace

bool Url::is_loopback() const {
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
         is_loopback_v4(host);
}

std::string Url::authority() const {
  return port == (is_plain() ? "80" : "443") ? host : host + ":" + port;
}

std::string Url::shown() const {
  std::string whole = fmt::format("{}://{}{}", scheme, authority(), path);
  if (whole.size() > kShown) whole = whole.substr(0, kShown) + "...";
  return printable(whole);
}

std::optional<Url> parse_url(std::string_view text) {
  const Parser parser(curl_url());
  if (!parser || !set(parser.get(), text)) return std::nullopt;
  return read(parser.get());
}

std::optional<Url> resolve_url(const Url& base, std::string_view reference) {
  const Parser parser(curl_url());
  if (!parser || !set(parser.get(), base.text) || !set(parser.get(), reference))
    return std::nullopt;
  return read(parser.get());
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kUnreserved = "-._~";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kUnreserved.find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace devbox::image
