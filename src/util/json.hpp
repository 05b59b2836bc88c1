// JSON as every `--json` prints it: keys in the order of writing, invalid UTF-8 replaced.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace devbox {

using Json = nlohmann::ordered_json;

// Two spaces of indent and a final newline.
std::string json_text(const Json& value);

}  // namespace devbox
