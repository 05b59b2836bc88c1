// Credentials where docker and podman keep them: config.json (docker login) and auth.json
// (containers-auth.json(5)).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::image {

struct Credentials {
  std::string user;
  std::string password;
  std::string identity_token;  // an OAuth2 refresh token in place of a password; may be empty

  bool operator==(const Credentials&) const = default;
};

struct AuthFile {
  std::map<std::string, Credentials> auths;    // by the file's own keys, without scheme and path
  std::map<std::string, std::string> helpers;  // of one registry: "ecr-login"
  std::string store;                           // of all others; may be empty
};

// Throws Error that names `path` and what is wrong, and shows no value of the file. Pure.
AuthFile parse_auth_file(std::string_view json, const std::string& path);

// The keys that may have credentials for it, the most telling first: "quay.io/team/tool",
// "quay.io/team", "quay.io". Pure.
std::vector<std::string> auth_keys(std::string_view registry, std::string_view repository);

// The files that are read where none is named, in this order: $REGISTRY_AUTH_FILE, else
// $XDG_RUNTIME_DIR/containers/auth.json; $XDG_CONFIG_HOME/containers/auth.json; $DOCKER_CONFIG or
// ~/.docker, config.json. Pure.
using Environment = std::function<std::string(const char* name)>;  // empty where it is not set
std::vector<std::string> default_auth_files(const Environment& environment);

// What the first of `files` that knows `registry` says; a file that does not exist knows nothing.
// Asks docker-credential-NAME (found in PATH) where the file says so. Throws Error where a file or
// a program cannot be used.
std::optional<Credentials> find_credentials(const std::vector<std::string>& files,
                                            std::string_view registry, std::string_view repository);

}  // namespace devbox::image
