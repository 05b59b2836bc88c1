#include <fmt/format.h>

#include "plan/resolve.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::plan {

void Mistakes::add(const profile::Position& at, const std::string& text) {
  lines_.push_back(at.file.empty() ? text : fmt::format("{}: {}", printable(at.text()), text));
}

void Mistakes::throw_if_any() const {
  if (lines_.empty()) return;
  throw Error(fmt::format("{}", fmt::join(lines_, "\n")), {});
}

}  // namespace devbox::plan
