// Whether and when an exchange that failed is tried again. Pure.
#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string_view>

#include "image/http.hpp"

namespace devbox::image {

inline constexpr int kMostTries = 5;
inline constexpr std::chrono::seconds kLongestWait{60};

// Of a Retry-After, seconds or a date (RFC 9110, 10.2.3); std::nullopt where it is neither.
std::optional<std::chrono::seconds> retry_after(std::string_view value, std::time_t now);

// What is waited after the try `tries` (the first is 1) was answered so; std::nullopt: there is no
// other. A server that says how long is taken at its word, up to kLongestWait; else the pauses grow
// from a quarter of a second, and `chance`, from 0 to 1, keeps clients from coming all at once.
std::optional<std::chrono::milliseconds> pause_after(const Response& response, int tries,
                                                     std::time_t now, double chance);

}  // namespace devbox::image
