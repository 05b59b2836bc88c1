// Two files that builds have made, of any bytes: where they differ is said within the allowance,
// and of those that are the same nothing. The first four bytes say how long the first is, the
// lowest byte first.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "image/spot.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace devbox::image;
  if (size < 4) return 0;
  std::size_t first = 0;
  for (std::size_t i = 4; i-- > 0;) first = first << 8U | data[i];
  const std::string_view both(reinterpret_cast<const char*>(data) + 4, size - 4);
  first = std::min(first, both.size());
  const MemoryBytes a(both.substr(0, first));
  const MemoryBytes b(both.substr(first));
  const auto found = first_difference(a, b, Count::yes);
  require(found.has_value() == (both.substr(0, first) != both.substr(first)));
  if (!found) return 0;
  require(found->offset <= std::min(a.size(), b.size()));
  const Allowance all{.bytes = std::uint64_t{16} << 20U, .memory = std::uint64_t{16} << 20U};
  Allowance left = all;
  const Spot spot = spot_of(a, b, found->offset, left);
  require(left.memory == all.memory && left.depth == all.depth && left.bytes <= all.bytes);
  require(spot.where.size() < 16'384);
  if (spot.text)
    for (const auto& text : *spot.text) require(text.size() <= 210);
  return 0;
}
