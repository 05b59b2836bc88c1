// WWW-Authenticate as servers write it, and as RFC 9110 lets them.
#include "image/challenge.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::image {
namespace {

// "bearer realm=x service=y; basic realm=z"
std::string shown(std::string_view value) {
  std::string text;
  for (const Challenge& challenge : parse_challenges(value)) {
    text += (text.empty() ? "" : "; ") + challenge.scheme;
    for (const auto& [name, parameter] : challenge.parameters) text += " " + name + "=" + parameter;
  }
  return text;
}

TEST_CASE("a challenge has a scheme and parameters") {
  CHECK(shown("Basic realm=\"Registry Realm\"") == "basic realm=Registry Realm");
  CHECK(shown("Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\","
              "scope=\"repository:library/gcc:pull\",error=\"insufficient_scope\"") ==
        "bearer error=insufficient_scope realm=https://auth.docker.io/token "
        "scope=repository:library/gcc:pull service=registry.docker.io");
  CHECK(shown("BASIC REALM=x") == "basic realm=x");
  CHECK(shown("Basic") == "basic");
  CHECK(shown("Basic realm=\"\"") == "basic realm=");
  CHECK(shown("Bearer realm = \"a\" , service = b") == "bearer realm=a service=b");
  CHECK(parse_challenges("Basic")[0].parameter("realm").empty());
}

TEST_CASE("a quoted value may hold commas, quotes and what looks like a scheme") {
  CHECK(shown("Basic realm=\"a \\\"b\\\", Bearer realm=\\\\c\"") ==
        "basic realm=a \"b\", Bearer realm=\\c");
}

TEST_CASE("several challenges may be in one header") {
  CHECK(shown("Basic realm=\"x\", Bearer realm=\"y\",service=z") ==
        "basic realm=x; bearer realm=y service=z");
  CHECK(shown("Negotiate, Basic realm=x") == "negotiate; basic realm=x");
  CHECK(shown("Negotiate YWJj==, , Basic realm=x,") == "negotiate; basic realm=x");
  CHECK(shown("Newauth realm=\"apps\", type=1, title=\"Login\", Basic realm=\"simple\"") ==
        "newauth realm=apps title=Login type=1; basic realm=simple");  // RFC 9110, 11.6.1
}

TEST_CASE("what follows a mistake is left out") {
  CHECK(shown("") == "");
  CHECK(shown(" , ,") == "");
  CHECK(shown("\"x\"") == "");
  CHECK(shown("Basic realm=\"x") == "basic");
  CHECK(shown("Basic realm=\"x\\") == "basic");
  CHECK(shown("Bearer realm=\"a\" service=\"b\", Basic realm=c") == "bearer realm=a");
  CHECK(shown("Bearer realm=a, realm=b") == "bearer realm=a");  // the first counts
}

}  // namespace
}  // namespace devbox::image
