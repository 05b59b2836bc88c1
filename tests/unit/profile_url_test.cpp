#include "profile/url.hpp"

#include <doctest/doctest.h>

namespace devbox::profile {
namespace {

TEST_CASE("a URL of http or https with a host is one, and what else is said of it is its mistake") {
  struct Row {
    const char* url;
    const char* mistake;
  };
  const Row rows[] = {
      {"https://x.example/a.tar", ""},
      {"http://x.example/a.tar", ""},
      {"https://x.example", ""},
      {"https://x.example:8443/a.tar?b=c&d=%20", ""},
      {"https://[::1]:8080/a", ""},
      {"https://127.0.0.1/a", ""},
      {"https://single/a", ""},
      {"https://x.example?a@b", ""},
      {"ftp://x/a", "\"ftp://x/a\" must begin with \"https://\" or \"http://\""},
      {"https:///a", "\"https:///a\" has no host"},
      {"https://x:y/a", "\"https://x:y/a\" has no host"},
      {"https://ann:secret@x/a", "no user and no password may be written in a URL"},
      {"https://x/a#b", "\"https://x/a#b\" must not have a \"#\""},
      {"https://x/a b", "\"https://x/a b\" has characters that no URL has"},
      {"https://x/${env:HOME}", "\"https://x/${env:HOME}\" has characters that no URL has"},
      {"https://x/\xc3\xa4", "\"https://x/\xc3\xa4\" has characters that no URL has"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url);
    CHECK(url_mistake(row.url) == row.mistake);
  }
}

TEST_CASE("a URL's host is named as registries.toml names it") {
  CHECK(url_authority("https://X.Example/a:1") == "x.example");
  CHECK(url_authority("https://x.example:443/a") == "x.example");
  CHECK(url_authority("http://x.example:443/a") == "x.example:443");
  CHECK(url_authority("http://x.example:80?a") == "x.example");
  CHECK(url_authority("http://[::1]/a") == "[::1]");
  CHECK(url_authority("http://[::1]:8080/a") == "[::1]:8080");
}

}  // namespace
}  // namespace devbox::profile
