// A tree of the store, opened where a confined process can reach nothing else.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "image/program/say.hpp"
#include "util/fd.hpp"

namespace devbox::image {

// All of `tree`/manifest, which is from somebody else's hands. Throws Error.
std::string manifest_of(const std::string& tree);

Fd open_directory(const std::string& path);  // no link; throws Error

// For what says how far it is: a few times a second at the most.
class Seldom {
 public:
  bool operator()() {
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < std::chrono::milliseconds(200)) return false;
    told_ = now;
    return true;
  }

 private:
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

}  // namespace devbox::image
