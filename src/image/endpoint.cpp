#include "image/endpoint.hpp"

#include <fmt/format.h>

#include <utility>

#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

// Docker Hub's name for people is not the one of its registry.
std::string_view server_of(std::string_view host) {
  return host == "docker.io" ? "registry-1.docker.io" : host;
}

std::optional<Url> api_url(std::string_view host, Transport transport, std::string_view path) {
  return parse_url(fmt::format("{}://{}/v2/{}", transport == Transport::plain ? "http" : "https",
                               server_of(host), path));
}

Url require_url(std::string_view host, Transport transport, std::string_view path) {
  std::optional<Url> url = api_url(host, transport, path);
  if (url) return std::move(*url);
  throw Error(fmt::format("\"{}\" is no name of a registry", printable(host)));
}

}  // namespace

Endpoint::Endpoint(std::string host, std::string repository, Transport transport,
                   std::vector<std::string> auth_files)
    : host_(std::move(host)),
      repository_(std::move(repository)),
      transport_(transport),
      authorizer_(std::move(auth_files), host_, repository_) {}

Url Endpoint::url(Http& http, std::string_view path) {
  return require_url(host_, transport(http), fmt::format("{}/{}", repository_, path));
}

// Plain http is tried first: what speaks TLS alone answers that with 400 (Go, nginx), with a
// redirect, or not at all.
Transport Endpoint::transport(Http& http) {
  const std::lock_guard lock(mutex_);
  if (transport_ != Transport::either) return transport_;
  const Response response = http.exchange({.url = require_url(host_, Transport::plain, "")});
  const bool wants_tls =
      (response.status == 400 && response.body.find("HTTPS") != std::string::npos) ||
      !response.url.is_plain() || (response.status == 0 && response.connected && response.may_pass);
  transport_ = wants_tls ? Transport::tls : Transport::plain;
  return transport_;
}

std::unique_ptr<Endpoint> registry_endpoint(const std::string& registry,
                                            const std::string& repository, bool insecure,
                                            const std::vector<std::string>& auth_files) {
  const Url url = require_url(registry, Transport::tls, "");
  const Transport transport = insecure            ? Transport::plain
                              : url.is_loopback() ? Transport::either
                                                  : Transport::tls;
  return std::make_unique<Endpoint>(registry, repository, transport, auth_files);
}

std::unique_ptr<Endpoint> mirror_endpoint(const std::string& mirror, const std::string& repository,
                                          const std::vector<std::string>& auth_files) {
  const std::optional<Url> url = parse_url(mirror);
  if (!url || !url->query.empty())
    throw Error(fmt::format("the mirror \"{}\" is no URL of http or https", printable(mirror)));
  std::string_view path = url->path;
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::make_unique<Endpoint>(
      url->authority(), path.empty() ? repository : fmt::format("{}/{}", path, repository),
      url->is_plain() ? Transport::plain : Transport::tls, auth_files);
}

}  // namespace devbox::image
