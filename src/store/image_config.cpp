#include "store/image_config.hpp"

#include "store/helper.hpp"

namespace devbox::store {

Json config_json(const ImageConfig& config) {
  return {{"env", config.env}, {"cwd", config.cwd}, {"user", config.user}};
}

ImageConfig parse_config(const Json& json) {
  if (!json.is_object()) return {};
  const Finding config(json);
  return {config.texts("env"), config.text("cwd"), config.text("user")};
}

}  // namespace devbox::store
