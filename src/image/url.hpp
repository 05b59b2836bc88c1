// URLs of http and https (RFC 3986), read by libcurl's own parser, so that what is decided about
// one is decided about what libcurl connects to. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace devbox::image {

struct Url {
  std::string text;    // whole, normal
  std::string scheme;  // "http" or "https"
  std::string host;    // as written, in lower case: "registry.example", "[::1]"
  std::string port;    // never empty: "443"
  std::string path;    // "/v2/"
  std::string query;   // without the "?"; may be a secret (a signed link)

  // Who may see what was meant for whom (RFC 6454, 4).
  std::string origin() const { return scheme + "://" + host + ":" + port; }
  std::string authority() const;  // host, and the port where it is not the usual one
  bool is_plain() const { return scheme == "http"; }
  bool is_loopback() const;  // localhost, a name below it, 127.0.0.0/8 or ::1

  // For a message: scheme, host and path, printable and not long. A query can be a credential.
  std::string shown() const;
};

// std::nullopt where it is no URL of http or https, has a user in it, or more than 8 KiB.
std::optional<Url> parse_url(std::string_view text);

// What `reference`, a Location, means where `base` was asked (RFC 3986, 5).
std::optional<Url> resolve_url(const Url& base, std::string_view reference);

// For a query or a form: everything but RFC 3986's unreserved characters as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace devbox::image
