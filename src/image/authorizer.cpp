#include "image/authorizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "image/challenge.hpp"
#include "image/exchange.hpp"
#include "image/refusal.hpp"
#include "util/json.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kMostToken = std::size_t{64} << 10U;

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits =
          (bits << 8U) | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      text += at + i <= bytes.size() ? kDigits[(bits >> (18 - 6 * i)) & 63U] : '=';
  }
  return text;
}

// It becomes a header.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kMostToken &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// What gives the bytes of a form, once.
Body form(std::string text) {
  const std::uint64_t size = text.size();
  return {[text = std::move(text), at = std::size_t{0}](char* buffer, std::size_t most) mutable {
            const std::size_t count = text.copy(buffer, most, at);
            at += count;
            return count;
          },
          size};
}

std::string joined(const std::set<std::string>& scopes) {
  std::string text;
  for (const std::string& scope : scopes) text += (text.empty() ? "" : " ") + scope;
  return text;
}

// Where a password may be sent: as safe a place as the registry itself.
Url checked_realm(const Url& asked, const std::string& realm) {
  const std::optional<Url> url = parse_url(realm);
  if (!url) {
    throw Error(fmt::format("{} names no place to get a token from, but \"{}\"", asked.shown(),
                            printable(realm.substr(0, 100))));
  }
  if (url->is_plain() && !url->is_loopback() && !asked.is_plain()) {
    throw Error(fmt::format("{} wants us to get a token over plain http, from {}", asked.shown(),
                            url->shown()),
                "nobody's password is sent there");
  }
  return *url;
}

}  // namespace

std::string basic_value(const Credentials& credentials) {
  return "Basic " + base64(credentials.user + ":" + credentials.password);
}

Token parse_token(std::string_view json) {
  const std::optional<ForeignJson> document = parse_foreign_json(json);
  if (!document || !document->is_object()) throw Error("the token server's answer is no JSON");
  Token token;
  for (const char* key : {"token", "access_token"}) {
    const auto found = document->find(key);
    if (token.text.empty() && found != document->end() && found->is_string())
      token.text = found->get<std::string>();
  }
  if (!is_token(token.text)) throw Error("the token server's answer has no token");
  const auto lasts = document->find("expires_in");
  if (lasts != document->end() && lasts->is_number_integer())
    token.lasts = std::chrono::seconds(
        std::clamp<std::int64_t>(lasts->get<std::int64_t>(), 0, std::int64_t{24} * 3600));
  // Less than a minute is a mistake of the server's (the specification's own minimum).
  token.lasts = std::max(token.lasts, std::chrono::seconds(60));
  return token;
}

Authorizer::Authorizer(std::vector<std::string> files, std::string registry, std::string repository)
    : files_(std::move(files)),
      registry_(std::move(registry)),
      repository_(std::move(repository)) {}

void Authorizer::also_pull(std::string_view repository) {
  const std::lock_guard lock(mutex_);
  const bool is_new = scopes_.insert(fmt::format("repository:{}:pull", repository)).second;
  if (is_new && ends_) value_.clear();
}

std::string Authorizer::value() {
  const std::lock_guard lock(mutex_);
  if (ends_ && std::chrono::steady_clock::now() >= *ends_) value_.clear();
  return value_;
}

void Authorizer::worked(const std::string& sent) {
  const std::lock_guard lock(mutex_);
  if (value_ == sent) worked_ = true;
}

const std::optional<Credentials>& Authorizer::credentials() {
  if (!looked_) credentials_ = find_credentials(files_, registry_, repository_);
  looked_ = true;
  return credentials_;
}

bool Authorizer::answer(Http& http, const Response& response, const std::string& sent) {
  const std::lock_guard lock(mutex_);
  if (value_ != sent && !value_.empty()) return true;  // another thread has answered
  std::vector<Challenge> challenges;
  for (const Header& header : response.headers) {
    if (!header.is("www-authenticate")) continue;
    for (Challenge& challenge : parse_challenges(header.value))
      challenges.push_back(std::move(challenge));
  }
  for (const Challenge& challenge : challenges) {
    if (challenge.scheme != "bearer") continue;
    // With a token for all that is asked for, the server has said its last word.
    bool is_new = sent.empty() || !ends_ || worked_;
    for (const std::string& scope : split(challenge.parameter("scope"), ' ')) {
      if (!scope.empty()) is_new = scopes_.insert(scope).second || is_new;
    }
    if (!is_new) return false;
    take_token(http, response.url, challenge.parameter("realm"), challenge.parameter("service"));
    return true;
  }
  const bool takes_basic = std::any_of(challenges.begin(), challenges.end(),
                                       [](const Challenge& c) { return c.scheme == "basic"; });
  return takes_basic && sent.empty() && take_basic();
}

bool Authorizer::take_basic() {
  const std::optional<Credentials>& known = credentials();
  if (!known || known->user.empty()) return false;
  value_ = basic_value(*known);
  ends_.reset();
  return true;
}

Response Authorizer::ask_for_token(Http& http, const Url& realm, const std::string& service) {
  if (scopes_.empty()) scopes_.insert(fmt::format("repository:{}:pull", repository_));
  const std::optional<Credentials>& known = credentials();
  if (known && !known->identity_token.empty()) {
    const std::string text = fmt::format(
        "grant_type=refresh_token&service={}&client_id=devbox&scope={}&refresh_token={}",
        percent_encoded(service), percent_encoded(joined(scopes_)),
        percent_encoded(known->identity_token));
    return exchange_patiently(http, [&] {
      return Request{.method = "POST",
                     .url = realm,
                     .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                     .body = form(text),
                     .most = kMostToken};
    });
  }
  std::string url = realm.text;
  const auto add = [&](std::string_view key, std::string_view value) {
    url += fmt::format("{}{}={}", url.find('?') == std::string::npos ? '?' : '&', key,
                       percent_encoded(value));
  };
  if (!service.empty()) add("service", service);
  for (const std::string& scope : scopes_) add("scope", scope);
  const std::optional<Url> whole = parse_url(url);
  if (!whole) throw Error(fmt::format("{} is too long to be asked for a token", realm.shown()));
  return exchange_patiently(http, [&] {
    return Request{.url = *whole,
                   .authorization = known && !known->user.empty() ? basic_value(*known) : "",
                   .most = kMostToken};
  });
}

void Authorizer::take_token(Http& http, const Url& asked, const std::string& realm,
                            const std::string& service) {
  const Url from = checked_realm(asked, realm);
  const Response response = ask_for_token(http, from, service);
  if (!response.ok())
    throw refusal(fmt::format("get a token from {}", from.shown()), registry_, response);
  const Token token = parse_token(response.body);
  value_ = "Bearer " + token.text;
  worked_ = false;
  ends_ = std::chrono::steady_clock::now() + token.lasts * 9 / 10;
}

}  // namespace devbox::image
