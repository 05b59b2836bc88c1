// The names in a tree's locale-archive, a file from an image: nothing outside of it is read.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/locale.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace devbox::store;
  const std::string_view archive(reinterpret_cast<const char*>(data), size);
  if (const auto area = string_area(archive.substr(0, kArchiveHeaderSize), archive.size())) {
    if (area->size > kMaxStrings || std::uint64_t{area->offset} + area->size > size) std::abort();
    const std::string_view strings = archive.substr(area->offset, area->size);
    const std::string_view first = strings.substr(0, strings.find('\0'));
    if (first.size() < strings.size() && !first.empty() && !holds_name(strings, first))
      std::abort();
    holds_name(strings, "en_US.utf8");
  }
  const std::string once = normal_locale(archive);
  // Filing twice changes nothing, but for a codeset of digits, which gets its "iso" once.
  if (normal_locale(once) != once) std::abort();
  is_builtin_locale(archive);
  return 0;
}
