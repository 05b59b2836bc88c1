// JSON as every `--json` prints it: keys in the order of writing, invalid UTF-8 replaced.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace devbox {

using Json = nlohmann::ordered_json;

// Two spaces of indent and a final newline.
std::string json_text(const Json& value);

// On one line, with a newline.
std::string json_line(const Json& value);

// std::nullopt where `text` is no JSON.
std::optional<Json> parse_json(std::string_view text);

// What somebody else wrote: an object of a million keys is read in the time that they take (Json
// looks through all of them for each), and nesting beyond 64 is no JSON, as each level costs a
// hundred times its byte.
using ForeignJson = nlohmann::json;
std::optional<ForeignJson> parse_foreign_json(std::string_view text);

}  // namespace devbox
