#include "util/json.hpp"

namespace devbox {

std::string json_text(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string json_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::optional<Json> parse_json(std::string_view text) {
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

std::optional<ForeignJson> parse_foreign_json(std::string_view text) {
  constexpr int kDeepest = 64;
  struct TooDeep {};
  const auto watch = [](int depth, ForeignJson::parse_event_t, ForeignJson&) {
    if (depth > kDeepest) throw TooDeep();
    return true;
  };
  try {
    ForeignJson value = ForeignJson::parse(text, watch, false);
    if (value.is_discarded()) return std::nullopt;
    return value;
  } catch (const TooDeep&) {
    return std::nullopt;
  }
}

}  // namespace devbox
