// The layers of an image while they are fetched, as lines for people. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/import.hpp"

namespace devbox::commands {

class LayerBoard {
 public:
  // `seconds` are those since some moment. Steps of other things are for the last line.
  void take(const store::Step& step, double seconds);

  bool empty() const { return layers_.empty(); }

  // One line a layer and one of the whole; where there are more layers than `most`, those that are
  // under way, and what waits or is there together.
  std::vector<std::string> lines(std::size_t most) const;

  // What has begun or ended since it was asked last, a line each.
  std::vector<std::string> news();

  std::uint64_t percent() const;  // of the bytes that are known of

 private:
  struct Layer {
    std::uint64_t fetched = 0;
    std::uint64_t size = 0;
    std::string digest;
    std::string name;  // empty: its number
    std::optional<double> begun;
    double now = 0;
    bool told = false;
    bool told_end = false;
  };
  std::string name(std::size_t i) const;
  std::string line(std::size_t i) const;
  std::string whole() const;
  static bool is_done(const Layer& layer) { return layer.begun && layer.fetched == layer.size; }

  std::vector<Layer> layers_;
  std::uint64_t names_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace devbox::commands
