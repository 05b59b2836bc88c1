// What an image says of the box, for where the profile says nothing (OCI image specification,
// config.md, "Properties").
#pragma once

#include <string>
#include <vector>

#include "util/json.hpp"

namespace devbox::store {

struct ImageConfig {
  std::vector<std::string> env;  // "NAME=VALUE"
  std::string cwd;               // WorkingDir; may be empty
  std::string user;              // "name", "1000", "1000:1000"; may be empty
};

Json config_json(const ImageConfig& config);

// What config_json made; a member of another form is left out.
ImageConfig parse_config(const Json& json);

}  // namespace devbox::store
