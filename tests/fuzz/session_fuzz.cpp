// What a session says of itself: cookies of X11, DISPLAY, addresses of D-Bus, git's configuration.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "host/reach.hpp"
#include "plan/git_config.hpp"
#include "plan/sockets.hpp"
#include "plan/xauthority.hpp"
#include "plan/zone.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// What is written is read again as it was, and is a part of what was there.
void cookies(std::string_view bytes) {
  const auto entries = devbox::plan::parse_xauthority(bytes);
  const std::string text = devbox::plan::xauthority_text(entries);
  require(bytes.starts_with(text));
  for (const auto& cookie : devbox::plan::cookies_of(entries, "0", "desk")) {
    require(cookie.family == devbox::plan::kFamilyWild);
    require(cookie.number == "0" && cookie.address.empty());
  }
}

void names(std::string_view text) {
  if (const auto display = devbox::plan::parse_display(text))
    require(display->number.find_first_not_of("0123456789") == std::string::npos);
  const std::string path = devbox::plan::bus_path(text);
  require(path.empty() || path.front() == '/');
  require(devbox::plan::zone_name(text).find('.') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  cookies(text);
  names(text);
  const auto values = devbox::host::parse_git_config(text);
  require(devbox::plan::git_config_text(values).size() >= values.size());
  return 0;
}
