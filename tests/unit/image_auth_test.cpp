// The files of docker login and podman login, and what helpers print.
#include "image/auth.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "image/authorizer.hpp"
#include "image/credential_helper.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

using Words = std::vector<std::string>;

AuthFile parsed(std::string_view json) { return parse_auth_file(json, "/x/config.json"); }

template <class Use>
std::string refusal_of(Use use) {
  try {
    use();
    return "none";
  } catch (const Error& error) {
    return error.message();
  }
}

TEST_CASE("a file of logins has passwords, tokens and helpers by registry") {
  const AuthFile file = parsed(R"({
    "auths": {"https://index.docker.io/v1/": {"auth": "YW5uOnNlOmNyZXQ="},
              "quay.io/team": {"auth": "eDp5"},
              "https://Registry.Example/v2/": {"username": "u", "password": "p"},
              "token.example": {"identitytoken": "t", "auth": ""},
              "kept.example": {}},
    "credHelpers": {"gcr.io": "gcloud"}, "credsStore": "secretservice",
    "HttpHeaders": {"User-Agent": "x"}, "psFormat": 7})");
  CHECK(file.auths.at("docker.io") == Credentials{"ann", "se:cret", ""});
  CHECK(file.auths.at("quay.io/team") == Credentials{"x", "y", ""});
  CHECK(file.auths.at("registry.example") == Credentials{"u", "p", ""});
  CHECK(file.auths.at("token.example") == Credentials{"", "", "t"});
  CHECK(file.auths.at("kept.example") == Credentials{});
  CHECK(file.helpers == std::map<std::string, std::string>{{"gcr.io", "gcloud"}});
  CHECK(file.store == "secretservice");
}

TEST_CASE("of two keys for one registry the plain one counts") {
  const AuthFile file = parsed(R"({"auths": {"quay.io": {"auth": "YTpi"},
                                             "https://quay.io": {"auth": "YzpkCg=="},
                                             "http://quay.io/v1/": {"auth": "ZTpm"}}})");
  CHECK(file.auths.at("quay.io") == Credentials{"a", "b", ""});
}

TEST_CASE("an empty file and one of other things know nobody") {
  CHECK(parsed("").auths.empty());
  CHECK(parsed(" \n").auths.empty());
  CHECK(parsed("{}").auths.empty());
  CHECK(parsed(R"({"auths": null, "credsStore": null})").store.empty());
}

TEST_CASE("what is wrong with a file of logins is said without what is in it") {
  struct Row {
    const char* json;
    const char* message;
  };
  const Row rows[] = {
      {"{\"auths\": secret}", "/x/config.json: it is no JSON object"},
      {"[\"secret\"]", "/x/config.json: it is no JSON object"},
      {R"({"auths": ["secret"]})", "/x/config.json: `auths` is no object"},
      {R"({"auths": {"a.b": "secret"}})", "/x/config.json: the entry of a.b is no object"},
      {R"({"auths": {"a.b": {"auth": 7}}})", "/x/config.json: `auth` is no string"},
      {R"({"auths": {"a.b": {"auth": "c2VjcmV0"}}})",
       "/x/config.json: `auth` of a.b is not \"user:password\" in base64"},
      {R"({"auths": {"a.b": {"auth": "s*cret"}}})",
       "/x/config.json: `auth` of a.b is not \"user:password\" in base64"},
      {R"({"auths": {"\u001b[31m": {"auth": "A"}}})",
       "/x/config.json: `auth` of \\x1b[31m is not \"user:password\" in base64"},
      {R"({"credHelpers": {"a.b": {}}})",
       "/x/config.json: `credHelpers`: that of a.b is no string"},
      {R"({"credsStore": []})", "/x/config.json: `credsStore` is no string"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    CHECK(refusal_of([&] { parsed(row.json); }) == row.message);
  }
}

TEST_CASE("the keys of a repository go from the most telling to its registry") {
  CHECK(auth_keys("quay.io", "team/sub/tool") ==
        Words{"quay.io/team/sub/tool", "quay.io/team/sub", "quay.io/team", "quay.io"});
  CHECK(auth_keys("localhost:5000", "tool") == Words{"localhost:5000/tool", "localhost:5000"});
  CHECK(auth_keys("quay.io", "") == Words{"quay.io"});
}

TEST_CASE("the files are those of podman and docker, where the environment puts them") {
  std::map<std::string, std::string> variables = {{"HOME", "/home/me"}};
  const auto files = [&] {
    return default_auth_files([&](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::string() : found->second;
    });
  };
  CHECK(files() == Words{"/home/me/.config/containers/auth.json", "/home/me/.docker/config.json"});
  variables["XDG_RUNTIME_DIR"] = "/run/user/7";
  variables["XDG_CONFIG_HOME"] = "/c";
  variables["DOCKER_CONFIG"] = "/d";
  CHECK(files() ==
        Words{"/run/user/7/containers/auth.json", "/c/containers/auth.json", "/d/config.json"});
  variables["REGISTRY_AUTH_FILE"] = "/named";
  CHECK(files() == Words{"/named", "/c/containers/auth.json", "/d/config.json"});
  variables.clear();
  CHECK(files().empty());
}

TEST_CASE("a helper prints a user and a secret, or a token") {
  CHECK(parse_helper_answer(R"({"ServerURL": "x", "Username": "u", "Secret": "s"})", "p") ==
        Credentials{"u", "s", ""});
  CHECK(parse_helper_answer(R"({"Username": "<token>", "Secret": "s"})", "p") ==
        Credentials{"", "", "s"});
  CHECK(refusal_of([] { parse_helper_answer("secret", "p"); }) == "p gives no `Username`");
  CHECK(refusal_of([] { parse_helper_answer(R"({"Username": "u", "Secret": 1})", "p"); }) ==
        "p gives no `Secret`");
}

TEST_CASE("Basic is user and password in base64") {
  CHECK(basic_value({"Aladdin", "open sesame", ""}) ==
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617, 2
  CHECK(basic_value({"a", "b", ""}) == "Basic YTpi");
  CHECK(basic_value({"a", "", ""}) == "Basic YTo=");
  CHECK(basic_value({"", "\xff", ""}) == "Basic Ov8=");
}

TEST_CASE("a token is called token or access_token, and lasts a minute where nothing is said") {
  CHECK(parse_token(R"({"token": "t"})").text == "t");
  CHECK(parse_token(R"({"token": "t"})").lasts == std::chrono::seconds(60));
  CHECK(parse_token(R"({"access_token": "a", "expires_in": 300})").text == "a");
  CHECK(parse_token(R"({"access_token": "a", "expires_in": 300})").lasts ==
        std::chrono::seconds(300));
  CHECK(parse_token(R"({"token": "t", "access_token": "a", "expires_in": -5})").text == "t");
  CHECK(parse_token(R"({"token": "t", "expires_in": -5})").lasts == std::chrono::seconds(60));
  CHECK(parse_token(R"({"token": "t", "expires_in": 99999999})").lasts == std::chrono::hours(24));
  for (const char* json : {"", "{}", "[]", R"({"token": ""})", R"({"token": 1})",
                           R"({"token": "a\nHost: x"})", R"({"token": "a b"})"}) {
    CAPTURE(json);
    CHECK(refusal_of([&] { parse_token(json); }) != "none");
  }
}

}  // namespace
}  // namespace devbox::image
