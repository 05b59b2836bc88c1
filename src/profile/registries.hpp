// $XDG_CONFIG_HOME/devbox/registries.toml: what this user says of registries. Pure.
//
//   [registry."localhost:5000"]
//   insecure = true                              # plain http; a loopback address needs no such
//   line mirrors = ["https://mirror.example/docker"]  # asked first, in this order
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::profile {

struct RegistrySettings {
  bool insecure = false;
  std::vector<std::string>
      mirrors;  // http or https URLs without user, query, fragment or final "/"

  bool operator==(const RegistrySettings&) const = default;
};

// By registry, as ImageReference has it: "docker.io", "localhost:5000".
using Registries = std::map<std::string, RegistrySettings>;

struct ParsedRegistries {
  Registries registries;              // meaningful only where there is no mistake
  std::vector<std::string> mistakes;  // "/home/me/.config/devbox/registries.toml:3:1: …"
};

ParsedRegistries parse_registries(std::string_view bytes, const std::string& path);

}  // namespace devbox::profile
