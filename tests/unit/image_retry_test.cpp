// What is tried again, when, and what is said where it is not.
#include "image/retry.hpp"

#include <doctest/doctest.h>

#include <string>

#include "image/blob_transfer.hpp"
#include "image/refusal.hpp"

namespace devbox::image {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::time_t kNow = 1764154800;  // 2025-11-26 11:00:00 UTC

Response answer(int status, std::vector<Header> headers = {}, std::string body = {}) {
  return {.status = status,
          .url = *parse_url("https://quay.io/v2/"),
          .headers = std::move(headers),
          .body = std::move(body)};
}

TEST_CASE("Retry-After is seconds or a date") {
  CHECK(retry_after("7", kNow) == seconds(7));
  CHECK(retry_after("0", kNow) == seconds(0));
  CHECK(retry_after("Wed, 26 Nov 2025 11:00:30 GMT", kNow) == seconds(30));
  CHECK(retry_after("Wed, 26 Nov 2025 10:00:00 GMT", kNow) == seconds(0));
  CHECK(retry_after("99999999999999999999999", kNow) > std::chrono::hours(24));
  CHECK(retry_after("", kNow) == std::nullopt);
  CHECK(retry_after("soon", kNow) == std::nullopt);
  CHECK(retry_after("-5", kNow) == std::nullopt);
}

TEST_CASE("what may pass is tried again, and nothing else") {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    CAPTURE(status);
    CHECK(pause_after(answer(status), 1, kNow, 0).has_value());
  }
  for (const int status : {200, 206, 301, 400, 401, 403, 404, 416, 501}) {
    CAPTURE(status);
    CHECK_FALSE(pause_after(answer(status), 1, kNow, 0).has_value());
  }
  Response broken = answer(200);
  broken.failure = "it broke the connection";
  CHECK_FALSE(pause_after(broken, 1, kNow, 0).has_value());
  broken.may_pass = true;
  CHECK(pause_after(broken, 1, kNow, 0).has_value());
}

TEST_CASE("pauses grow from a quarter of a second, and there are four") {
  CHECK(pause_after(answer(503), 1, kNow, 0) == milliseconds(125));
  CHECK(pause_after(answer(503), 1, kNow, 1) == milliseconds(250));
  CHECK(pause_after(answer(503), 4, kNow, 1) == milliseconds(2000));
  CHECK(pause_after(answer(503), 5, kNow, 1) == std::nullopt);
}

TEST_CASE("a server that says when is taken at its word for a minute") {
  CHECK(pause_after(answer(429, {{"Retry-After", "7"}}), 1, kNow, 0) == seconds(7));
  CHECK(pause_after(answer(503, {{"retry-after", "60"}}), 1, kNow, 0) == seconds(60));
  CHECK(pause_after(answer(429, {{"Retry-After", "61"}}), 1, kNow, 0) == std::nullopt);
  CHECK(pause_after(answer(429, {{"Retry-After", "?"}}), 1, kNow, 0) == milliseconds(125));
  CHECK(pause_after(answer(429, {{"Retry-After", "1"}}), 5, kNow, 0) == std::nullopt);
}

TEST_CASE("a refusal has the registry's words, escaped and cut") {
  const auto words = [](const std::string& body) { return registry_words(answer(403, {}, body)); };
  CHECK(words(R"({"errors": [{"code": "DENIED", "message": "not \u001b[31mallowed"}]})") ==
        "DENIED: not \\x1b[31mallowed");
  CHECK(words(R"({"errors": [{"code": "DENIED"}]})") == "DENIED");
  CHECK(words(R"({"details": "incorrect username"})") == "incorrect username");
  CHECK(words("bad gateway\nsecond line") == "bad gateway");
  CHECK(words(" <html>login</html>").empty());
  CHECK(words("").empty());
  CHECK(words("[]").empty());
  CHECK(words(R"({"errors": [7]})").empty());
  CHECK(words(R"({"errors": {"code": 7}})").empty());
  CHECK(words(std::string(1000, 'x')).size() == 303);
}

TEST_CASE("a refusal says what was to be done, what the answer means, and what to do") {
  const Error denied = refusal("get the manifest of quay.io/a:1", "quay.io", answer(403, {}, "no"));
  CHECK(denied.message() ==
        "cannot get the manifest of quay.io/a:1: quay.io answers 403, it does not allow it: no");
  CHECK(denied.hint() ==
        "is it allowed to the user of `docker login quay.io` or `podman login "
        "quay.io`?");
  CHECK(refusal("x", "quay.io", answer(401)).hint().find("podman login quay.io") !=
        std::string::npos);
  CHECK(refusal("x", "quay.io", answer(404)).hint() ==
        "are the repository and the tag spelt right?");
  CHECK(refusal("x", "quay.io", answer(429, {{"Retry-After", "3600"}})).hint().find("3600") !=
        std::string::npos);
  CHECK(refusal("x", "quay.io", answer(500)).hint() ==
        "try again later; its status page or its administrators know");
  Response broken = answer(0);
  broken.failure = "there is no host quay.io";
  broken.hint = "is the name spelt right?";
  CHECK(refusal("x", "quay.io", broken).message() == "cannot x: there is no host quay.io");
  CHECK(refusal("x", "quay.io", broken).hint() == "is the name spelt right?");
}

TEST_CASE("a Content-Range says where it begins") {
  CHECK(range_start("bytes 100-199/200") == 100);
  CHECK(range_start("bytes 0-0/*") == 0);
  for (const char* wrong : {"", "bytes */200", "bytes -5/7", "items 1-2/3", "bytes 1x-2/3",
                            "bytes 99999999999999999999-1/2"}) {
    CAPTURE(wrong);
    CHECK(range_start(wrong) == std::nullopt);
  }
}

}  // namespace
}  // namespace devbox::image
