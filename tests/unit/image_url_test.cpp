// URLs: who may see what was meant for whom.
#include "image/url.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::image {
namespace {

std::string origin(std::string_view text) {
  const auto url = parse_url(text);
  return url ? url->origin() : "none";
}

std::string resolved(std::string_view base, std::string_view reference) {
  const auto url = resolve_url(*parse_url(base), reference);
  return url ? url->text : "none";
}

TEST_CASE("an origin is scheme, host and port, however they are written") {
  CHECK(origin("https://Quay.IO/v2/") == "https://quay.io:443");
  CHECK(origin("https://quay.io:443/a?b#c") == "https://quay.io:443");
  CHECK(origin("http://localhost") == "http://localhost:80");
  CHECK(origin("http://[::1]:5000/") == "http://[::1]:5000");
  CHECK(origin("https://quay.io:8443") != origin("https://quay.io"));
  CHECK(origin("http://quay.io:443") != origin("https://quay.io"));
}

TEST_CASE("what is no URL of http or https is none") {
  for (const char* text :
       {"", "quay.io", "file:///etc/passwd", "ftp://x/", "https://", "https://user@quay.io/",
        "https://user:pw@quay.io/", "https://quay.io:99999/", "https://quay.io/\nHost: x",
        "javascript:1", "//quay.io/"}) {
    CAPTURE(text);
    CHECK(origin(text) == "none");
  }
  CHECK(origin("https://x/" + std::string(9000, 'a')) == "none");
  CHECK(origin(std::string("https://x/\0y", 12)) == "none");
}

TEST_CASE("a Location is resolved against what was asked") {
  const char* base = "https://quay.io/v2/a/blobs/uploads/?x=1";
  CHECK(resolved(base, "/v2/a/blobs/uploads/7") == "https://quay.io/v2/a/blobs/uploads/7");
  CHECK(resolved(base, "7?state=b") == "https://quay.io/v2/a/blobs/uploads/7?state=b");
  CHECK(resolved(base, "//cdn.example/b") == "https://cdn.example/b");
  CHECK(resolved(base, "http://cdn.example/b#c") == "http://cdn.example/b");
  CHECK(resolved(base, "file:///etc/passwd") == "none");
  CHECK(resolved(base, "https://me@cdn.example/") == "none");
  CHECK(resolved(base, "") == "none");
}

TEST_CASE("a loopback address is one by its number or name, not by how it begins") {
  for (const char* text : {"http://localhost", "http://a.localhost:5000", "http://127.0.0.1:1",
                           "http://127.9.8.7", "http://[::1]"}) {
    CAPTURE(text);
    CHECK(parse_url(text)->is_loopback());
  }
  for (const char* text :
       {"http://127.evil.example", "http://127.0.0.1.evil.example", "http://localhost.evil.example",
        "http://notlocalhost", "http://10.0.0.1", "http://[::2]", "http://128.0.0.1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_url(text)->is_loopback());
  }
}

TEST_CASE("what is shown of a URL has no query, which can be a password") {
  CHECK(parse_url("https://cdn.example/b?X-Signature=secret")->shown() == "https://cdn.example/b");
  CHECK(parse_url("http://localhost:5000/a")->shown() == "http://localhost:5000/a");
  const std::string shown = parse_url("https://x/" + std::string(1000, 'a'))->shown();
  CHECK(shown.size() < 250);
}

TEST_CASE("a value in a query is encoded") {
  CHECK(percent_encoded("repository:a/b:pull,push x&y=z~") ==
        "repository%3Aa%2Fb%3Apull%2Cpush%20x%26y%3Dz~");
  CHECK(percent_encoded("\xff\n") == "%FF%0A");
}

}  // namespace
}  // namespace devbox::image
