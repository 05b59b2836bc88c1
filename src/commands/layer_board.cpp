#include "commands/layer_board.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "commands/progress.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

// "0123456789ab": enough to know it by.
std::string short_digest(const std::string& digest) {
  constexpr std::size_t kShown = 12;
  return printable(digest.substr(digest.find(':') + 1).substr(0, kShown));
}

// "12.3 of 29.1 MB"; "12.3 MB" where it is not known of how much.
std::string part_text(std::uint64_t done, std::uint64_t whole) {
  std::string size = size_text(done);
  if (whole < done) return size;
  return fmt::format("{} of {}", size.substr(0, size.rfind(' ')), size_text(whole));
}

}  // namespace

void LayerBoard::take(const store::Step& step, double seconds) {
  if (!step.layer) {
    names_ = step.names;
    bytes_ = step.bytes;
    return;
  }
  constexpr std::uint64_t kMost = 4096;  // no image has as many
  const store::LayerStep& said = *step.layer;
  if (said.of > kMost || said.number >= said.of) return;
  layers_.resize(std::max<std::size_t>(layers_.size(), said.of));
  Layer& layer = layers_[said.number];
  if (!layer.begun && !said.waiting) layer.begun = seconds;
  layer.digest = said.digest;
  layer.name = said.name;
  layer.fetched = said.fetched;
  layer.size = said.size;
  layer.now = seconds;
}

std::string LayerBoard::name(std::size_t i) const {
  if (!layers_[i].name.empty()) return printable(layers_[i].name);
  return fmt::format("layer {} of {}", i + 1, layers_.size());
}

std::string LayerBoard::line(std::size_t i) const {
  const Layer& layer = layers_[i];
  if (layer.digest.empty() && layer.name.empty()) return name(i) + "  waiting";
  const std::string head =
      layer.digest.empty() ? name(i) : fmt::format("{}  {}", name(i), short_digest(layer.digest));
  if (!layer.begun) return fmt::format("{}  waiting, {}", head, size_text(layer.size));
  if (is_done(layer)) return fmt::format("{}  {}", head, size_text(layer.size));
  const double seconds = layer.now - *layer.begun;
  const auto rate =
      seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(layer.fetched) / seconds) : 0;
  return fmt::format("{}  fetching {}, {}/s", head, part_text(layer.fetched, layer.size),
                     size_text(rate));
}

std::string LayerBoard::whole() const {
  std::uint64_t fetched = 0;
  std::uint64_t size = 0;
  bool all = true;
  for (const Layer& layer : layers_) {
    fetched += layer.fetched;
    size += layer.size;
    all = all && is_done(layer);
  }
  return fmt::format("{} {}; unpacked {} names, {}", all ? "fetched" : "fetching",
                     all ? size_text(size) : part_text(fetched, size), names_, size_text(bytes_));
}

std::vector<std::string> LayerBoard::lines(std::size_t most) const {
  std::vector<std::string> lines;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const bool under_way = layers_[i].begun && !is_done(layers_[i]);
    if (layers_.size() <= most || (under_way && lines.size() + 1 < most)) {
      lines.push_back(line(i));
    } else {
      ++left_out;
    }
  }
  if (left_out > 0) {
    const auto done = std::count_if(layers_.begin(), layers_.end(), is_done);
    lines.push_back(fmt::format("{} of {} layers are here", done, layers_.size()));
  }
  lines.push_back(whole());
  return lines;
}

std::vector<std::string> LayerBoard::news() {
  std::vector<std::string> news;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Layer& layer = layers_[i];
    const bool was_here = is_done(layer) && !layer.told;  // it is not fetched
    if (layer.begun && !layer.told && !was_here) {
      const std::string digest =
          layer.digest.empty() ? std::string() : ": " + short_digest(layer.digest);
      const std::string size = layer.size == 0 ? std::string() : ", " + size_text(layer.size);
      news.push_back(fmt::format("fetching {}{}{}", name(i), digest, size));
    }
    layer.told = layer.begun.has_value();
    if (is_done(layer) && !layer.told_end) {
      news.push_back(fmt::format("{} is here", name(i)));
      layer.told_end = true;
    }
  }
  return news;
}

std::uint64_t LayerBoard::percent() const {
  std::uint64_t fetched = 0;
  std::uint64_t size = 0;
  for (const Layer& layer : layers_) {
    fetched += layer.fetched;
    size += layer.size;
  }
  return size == 0 ? 0 : std::min<std::uint64_t>(100, fetched * 100 / size);
}

}  // namespace devbox::commands
