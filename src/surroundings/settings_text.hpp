// The settings of devbox-surroundings.so as a value, and the text that the library reads. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "surroundings/settings.hpp"

namespace devbox::surroundings {

// settings.hpp says what each of them means.
struct Time {
  std::int64_t start_ns = 0;
  std::int64_t base_ns = 0;
  std::int64_t slowdown = 1;
};

enum class Order { as_it_is, sorted, reversed, hashed };

struct Settings {
  std::optional<Time> time;
  Order order = Order::as_it_is;
  std::uint64_t seed = 0;  // of Order::hashed
  std::string release;     // one line of at most kMostText bytes; empty: the kernel's
  std::string version;
};

inline std::string settings_text(const Settings& settings) {
  std::string text;
  const auto line = [&](const char* key, const std::string& value) {
    text += std::string(key) + " " + value + "\n";
  };
  if (settings.time) {
    line(kTimeStart, std::to_string(settings.time->start_ns));
    line(kTimeBase, std::to_string(settings.time->base_ns));
    line(kTimeSlowdown, std::to_string(settings.time->slowdown));
  }
  if (settings.order == Order::sorted) line(kOrder, kSorted);
  if (settings.order == Order::reversed) line(kOrder, kReversed);
  if (settings.order == Order::hashed) line(kOrder, kHashed + std::to_string(settings.seed));
  if (!settings.release.empty()) line(kRelease, settings.release);
  if (!settings.version.empty()) line(kVersion, settings.version);
  return text;
}

}  // namespace devbox::surroundings
