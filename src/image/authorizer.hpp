// Who we are, to one registry: answers its challenges, and keeps the token that it gave. Several
// threads may use one.
//
// The distribution project's "Token Authentication Specification" and "OAuth2 Token
// Authentication"; RFC 7617 for Basic.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "image/auth.hpp"
#include "image/http.hpp"
#include "util/error.hpp"

namespace devbox::image {

class Authorizer {
 public:
  // The credentials of `registry` are looked for in `files` once a server asks for them.
  Authorizer(std::vector<std::string> files, std::string registry, std::string repository);

  // The value of Authorization to send; empty: none yet. A token that is about to end is not sent.
  std::string value();

  // After `response`, a 401 to a request that was sent with `sent`: true where value() is worth
  // another try. False where the server has said no to all there is. Throws Error where the
  // credentials or the token cannot be had.
  bool answer(Http& http, const Response& response, const std::string& sent);

  // A request that was sent with it was not refused: a 401 that comes later means that it has
  // ended.
  void worked(const std::string& sent);

  // A token must also be good for pulling from `repository`, to mount a blob from it.
  void also_pull(std::string_view repository);

 private:
  const std::optional<Credentials>& credentials();
  bool take_basic();
  void take_token(Http& http, const Url& asked, const std::string& realm,
                  const std::string& service);
  Response ask_for_token(Http& http, const Url& realm, const std::string& service);

  const std::vector<std::string> files_;
  const std::string registry_;
  const std::string repository_;
  std::mutex mutex_;
  bool looked_ = false;
  std::optional<Credentials> credentials_;
  std::set<std::string> scopes_;
  std::string value_;
  bool worked_ = false;
  std::optional<std::chrono::steady_clock::time_point> ends_;  // of a token
};

// Of a token server's answer. Throws Error. Pure.
struct Token {
  std::string text;
  std::chrono::seconds lasts{60};
};
Token parse_token(std::string_view json);

std::string basic_value(const Credentials& credentials);  // "Basic …"

}  // namespace devbox::image
