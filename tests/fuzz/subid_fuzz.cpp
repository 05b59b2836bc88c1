// Lines of subuid(5) and of getsubids(1): whatever they say, a range is one that the kernel can
// map.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "host/probe.hpp"
#include "host/subordinate.hpp"

namespace {

void check(const std::vector<devbox::host::IdRange>& ranges) {
  for (const devbox::host::IdRange& range : ranges) {
    const std::uint64_t last = std::uint64_t{range.start} + range.count - 1;
    if (range.count == 0 || last > 0xfffffffeU) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto by_name = devbox::host::parse_subordinate_ids(text, "dev", 1000);
  check(by_name);
  check(devbox::host::parse_subordinate_ids(text, "", 1000));
  check(devbox::host::parse_getsubids(text));
  // A last newline changes nothing.
  if (!text.ends_with('\n')) {
    const auto ended = devbox::host::parse_subordinate_ids(std::string(text) + "\n", "dev", 1000);
    if (ended.size() != by_name.size()) std::abort();
  }
  return 0;
}
