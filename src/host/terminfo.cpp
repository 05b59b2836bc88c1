#include "host/terminfo.hpp"

#include <fmt/format.h>

namespace devbox::host {

std::vector<std::string> terminfo_names(std::string_view term) {
  constexpr std::string_view kNever("/\0", 2);
  if (term.empty() || term.front() == '.' || term.find_first_of(kNever) != std::string_view::npos)
    return {};
  return {fmt::format("{}/{}", term.front(), term),
          fmt::format("{:02x}/{}", static_cast<unsigned char>(term.front()), term)};
}

}  // namespace devbox::host
