// The forms that `image.source` takes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "profile/profile.hpp"

namespace devbox::profile {

struct ParsedSource {
  SourceKind kind = SourceKind::host;
  std::string_view prefix;     // as written: "rootfs:"; empty for host
  std::string_view reference;  // what follows the prefix
};

struct SourceForm {
  std::string_view prefix;
  SourceKind kind;
};
std::span<const SourceForm> source_forms();  // but for host, which is a word

// "1.2" of "images/tool:1.2", which is taken off it; empty where there is none.
std::string take_tag(std::string& reference);

// std::nullopt where `text` is of no known form.
std::optional<ParsedSource> parse_source(std::string_view text);

}  // namespace devbox::profile
