// Where a repository's bytes are asked for: its registry, or a mirror of it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/authorizer.hpp"
#include "image/http.hpp"

namespace devbox::image {

enum class Transport { tls, plain, either };

class Endpoint {
 public:
  Endpoint(std::string host, std::string repository, Transport transport,
           std::vector<std::string> auth_files);

  // "docker.io/library/gcc", for messages.
  std::string name() const { return host_ + "/" + repository_; }
  const std::string& host() const { return host_; }
  Authorizer& authorizer() { return authorizer_; }

  // Of "/v2/REPOSITORY/" and `path`. Where it may speak TLS or not, it is asked, once.
  Url url(Http& http, std::string_view path);

 private:
  Transport transport(Http& http);

  const std::string host_;  // as the user knows it
  const std::string repository_;
  std::mutex mutex_;
  Transport transport_;
  Authorizer authorizer_;
};

// Throws Error where `registry` is no host, or a mirror no URL. `insecure` is plain http; a
// loopback address may speak either.
std::unique_ptr<Endpoint> registry_endpoint(const std::string& registry,
                                            const std::string& repository, bool insecure,
                                            const std::vector<std::string>& auth_files);

// "https://mirror.example/docker" has docker/library/gcc for library/gcc.
std::unique_ptr<Endpoint> mirror_endpoint(const std::string& mirror, const std::string& repository,
                                          const std::vector<std::string>& auth_files);

}  // namespace devbox::image
