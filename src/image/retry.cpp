#include "image/retry.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace devbox::image {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool is_passing(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

}  // namespace

std::optional<seconds> retry_after(std::string_view value, std::time_t now) {
  constexpr seconds kForEver{std::int64_t{1} << 31U};
  std::int64_t number = 0;
  const char* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, number);
  const bool is_number = !value.empty() && value.front() >= '0' && value.front() <= '9';
  if (is_number && read.ptr == end)
    return read.ec == std::errc() ? std::min(seconds(number), kForEver) : kForEver;
  const std::time_t when = curl_getdate(std::string(value).c_str(), nullptr);
  if (when == -1) return std::nullopt;
  return std::clamp(seconds(when - now), seconds(0), kForEver);
}

std::optional<milliseconds> pause_after(const Response& response, int tries, std::time_t now,
                                        double chance) {
  const bool passes = response.failure.empty() ? is_passing(response.status) : response.may_pass;
  if (!passes || tries >= kMostTries) return std::nullopt;
  const bool may_say = response.status == 429 || response.status == 503;
  const std::optional<std::string> said =
      may_say ? response.header("retry-after") : std::optional<std::string>();
  if (const auto wait = said ? retry_after(*said, now) : std::nullopt) {
    if (*wait > kLongestWait) return std::nullopt;
    return *wait + milliseconds(static_cast<int>(chance * 250));
  }
  constexpr milliseconds kFirst{250};
  const milliseconds longest = kFirst * (1 << (tries - 1));
  return longest / 2 +
         milliseconds(static_cast<int>(chance * static_cast<double>(longest.count()) / 2));
}

}  // namespace devbox::image
