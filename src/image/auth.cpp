#include "image/auth.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "image/credential_helper.hpp"
#include "util/error.hpp"
#include "util/json.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kMost = std::size_t{1} << 20U;
constexpr std::string_view kHub = "docker.io";

// docker login's own key is "https://index.docker.io/v1/"; others have the scheme too.
std::string plain_key(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!key.starts_with(scheme)) continue;
    key = key.substr(scheme.size());
    key = key.substr(0, key.find('/'));  // of a URL the path says nothing
  }
  while (key.ends_with('/')) key.remove_suffix(1);
  const std::string_view host = key.substr(0, key.find('/'));
  const std::string name = lower_case(host);
  std::string plain = name + std::string(key.substr(host.size()));
  const bool is_hub = name == "index.docker.io" || name == "registry-1.docker.io";
  return is_hub ? std::string(kHub) + plain.substr(name.size()) : plain;
}

[[noreturn]] void wrong_file(const std::string& path, std::string_view what) {
  throw Error(fmt::format("{}: {}", printable(path), what),
              "`docker login` or `podman login` writes it anew");
}

std::string text_of(const ForeignJson& object, const char* key, const std::string& path) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string()) wrong_file(path, fmt::format("`{}` is no string", key));
  return found->get<std::string>();
}

// RFC 4648, 4; std::nullopt where it is none.
std::optional<std::string> from_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 0xFFU);
  }
  if (count == 6) return std::nullopt;  // a digit alone is no byte
  return bytes;
}

// The key is shown, as it says which of the entries is meant; it is no secret.
Credentials read_entry(const ForeignJson& entry, const std::string& key, const std::string& path) {
  const std::string name = printable(key);
  if (!entry.is_object()) wrong_file(path, fmt::format("the entry of {} is no object", name));
  Credentials found;
  found.identity_token = text_of(entry, "identitytoken", path);
  found.user = text_of(entry, "username", path);
  found.password = text_of(entry, "password", path);
  const std::string auth = text_of(entry, "auth", path);
  if (auth.empty()) return found;
  const std::optional<std::string> plain = from_base64(auth);
  const std::size_t colon = plain ? plain->find(':') : std::string::npos;
  if (colon == std::string::npos)
    wrong_file(path, fmt::format("`auth` of {} is not \"user:password\" in base64", name));
  found.user = plain->substr(0, colon);
  found.password = plain->substr(colon + 1);
  while (found.password.ends_with('\0')) found.password.pop_back();  // as old dockers pad it
  return found;
}

const ForeignJson& table_of(const ForeignJson& document, const char* key, const std::string& path) {
  static const ForeignJson kNone = ForeignJson::object();
  const auto found = document.find(key);
  if (found == document.end() || found->is_null()) return kNone;
  if (!found->is_object()) wrong_file(path, fmt::format("`{}` is no object", key));
  return *found;
}

bool is_empty(const Credentials& credentials) { return credentials == Credentials(); }

std::optional<AuthFile> read_auth_file(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  const host::Contents contents = host::contents(path.c_str(), kMost);
  if (contents.err != 0) throw host::cannot("read", path, contents.err);
  if (!contents.ok()) wrong_file(path, "it is no file of at most 1 MiB");
  return parse_auth_file(contents.bytes, path);
}

// What a helper keeps the credentials of a registry under: docker asks for the hub by its old URL.
std::string server_of(std::string_view registry) {
  return registry == kHub ? "https://index.docker.io/v1/" : std::string(registry);
}

std::optional<Credentials> find_in(const AuthFile& file, const std::vector<std::string>& keys,
                                   std::string_view registry) {
  for (const std::string& key : keys) {
    if (const auto helper = file.helpers.find(key); helper != file.helpers.end())
      return ask_helper(helper->second, key == registry ? server_of(registry) : key);
  }
  if (!file.store.empty()) {
    if (auto found = ask_helper(file.store, server_of(registry))) return found;
  }
  for (const std::string& key : keys) {
    const auto entry = file.auths.find(key);
    // docker leaves an empty entry for what its store has.
    if (entry != file.auths.end() && !is_empty(entry->second)) return entry->second;
  }
  return std::nullopt;
}

}  // namespace

AuthFile parse_auth_file(std::string_view json, const std::string& path) {
  AuthFile file;
  if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) return file;
  const std::optional<ForeignJson> document = parse_foreign_json(json);
  if (!document || !document->is_object()) wrong_file(path, "it is no JSON object");
  for (const auto& [key, entry] : table_of(*document, "auths", path).items()) {
    Credentials credentials = read_entry(entry, key, path);
    std::string plain = plain_key(key);
    // Of "https://quay.io" and "quay.io" the second is meant.
    if (plain == key) {
      file.auths.insert_or_assign(std::move(plain), std::move(credentials));
    } else {
      file.auths.emplace(std::move(plain), std::move(credentials));
    }
  }
  for (const auto& [key, helper] : table_of(*document, "credHelpers", path).items()) {
    if (!helper.is_string())
      wrong_file(path, fmt::format("`credHelpers`: that of {} is no string", printable(key)));
    file.helpers.emplace(plain_key(key), helper.get<std::string>());
  }
  file.store = text_of(*document, "credsStore", path);
  return file;
}

std::vector<std::string> auth_keys(std::string_view registry, std::string_view repository) {
  std::vector<std::string> keys;
  std::string key = fmt::format("{}/{}", registry, repository);
  while (key.size() > registry.size() && !repository.empty()) {
    keys.push_back(key);
    key = key.substr(0, key.rfind('/'));
  }
  keys.emplace_back(registry);
  return keys;
}

std::vector<std::string> default_auth_files(const Environment& environment) {
  std::vector<std::string> files;
  const std::string home = environment("HOME");
  const auto below = [](const std::string& directory, std::string_view name) {
    return path::join(directory, name);
  };
  const std::string named = environment("REGISTRY_AUTH_FILE");
  const std::string runtime = environment("XDG_RUNTIME_DIR");
  if (!named.empty()) {
    files.push_back(named);
  } else if (!runtime.empty()) {
    files.push_back(below(runtime, "containers/auth.json"));
  }
  std::string config = environment("XDG_CONFIG_HOME");
  if (config.empty() && !home.empty()) config = below(home, ".config");
  if (!config.empty()) files.push_back(below(config, "containers/auth.json"));
  std::string docker = environment("DOCKER_CONFIG");
  if (docker.empty() && !home.empty()) docker = below(home, ".docker");
  if (!docker.empty()) files.push_back(below(docker, "config.json"));
  return files;
}

std::optional<Credentials> find_credentials(const std::vector<std::string>& files,
                                            std::string_view registry,
                                            std::string_view repository) {
  const std::vector<std::string> keys = auth_keys(registry, repository);
  for (const std::string& path : files) {
    const std::optional<AuthFile> file = read_auth_file(path);
    if (!file) continue;
    if (auto found = find_in(*file, keys, registry)) return found;
  }
  return std::nullopt;
}

}  // namespace devbox::image
