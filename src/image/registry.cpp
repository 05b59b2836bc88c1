#include "image/registry.hpp"

#include <fmt/format.h>

#include <utility>

#include "image/blob_transfer.hpp"
#include "image/endpoint.hpp"
#include "image/exchange.hpp"
#include "image/refusal.hpp"
#include "image/registry_state.hpp"
#include "image/sha256.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

// In one line: some registries look at the first alone.
constexpr const char* kAccept =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

// Of the errors of all endpoints, the registry's is the last; those of its mirrors are told too.
class Failures {
 public:
  void add(const Error& error) { errors_.push_back(error); }

  [[noreturn]] void raise() const {
    std::string message = errors_.back().message();
    for (std::size_t i = 0; i + 1 < errors_.size(); ++i)
      message += "\na mirror failed before: " + errors_[i].message();
    throw Error(message, errors_.back().hint());
  }

 private:
  std::vector<Error> errors_;
};

Document manifest_from(Endpoint& endpoint, Http& http, std::string_view wanted) {
  const bool by_digest = is_sha256(wanted);
  const std::string name = by_digest ? fmt::format("{}@sha256:{}", endpoint.name(), wanted)
                                     : fmt::format("{}:{}", endpoint.name(), wanted);
  const std::string what = fmt::format("get the manifest of {}", printable(name));
  const Url url = endpoint.url(
      http, fmt::format("manifests/{}{}", by_digest ? "sha256:" : "", percent_encoded(wanted)));
  Response response = exchange_authorized(http, endpoint.authorizer(), [&] {
    return Request{.url = url, .headers = {{"Accept", kAccept}}, .most = kMostDocument};
  });
  if (!response.ok()) throw refusal(what, endpoint.host(), response);
  if (response.too_long) {
    throw Error(fmt::format("cannot {}: it has more than {} MiB", what, kMostDocument >> 20U));
  }
  Document document{.bytes = std::move(response.body),
                    .media_type = response.header("content-type").value_or(""),
                    .digest = {}};
  document.digest = sha256_of(document.bytes);
  if (!by_digest || document.digest == wanted) return document;
  throw Error(
      fmt::format("cannot {}: what came has the digest sha256:{}", what, document.digest),
      "the registry, a mirror or a proxy (a login page?) has other bytes; nothing of them is used");
}

}  // namespace

Registry::State::State(const RegistryAccess& access) : pool(access.timeouts) {
  for (const std::string& mirror : access.mirrors)
    endpoints.push_back(mirror_endpoint(mirror, access.repository, access.auth_files));
  endpoints.push_back(
      registry_endpoint(access.registry, access.repository, access.insecure, access.auth_files));
}

Registry::Registry(const RegistryAccess& access) : state_(std::make_unique<State>(access)) {}
Registry::~Registry() = default;

Document Registry::manifest(std::string_view tag_or_digest) {
  HttpPool::Lease http(state_->pool);
  Failures failures;
  for (const auto& endpoint : state_->endpoints) {
    try {
      return manifest_from(*endpoint, http.get(), tag_or_digest);
    } catch (const Error& error) {
      failures.add(error);
    }
  }
  failures.raise();
}

std::string Registry::small_blob(const Descriptor& descriptor) {
  if (descriptor.size > kMostDocument) {
    throw Error(fmt::format("cannot get sha256:{} of {}: it has {} bytes, more than {} MiB",
                            descriptor.digest, state_->own().name(), descriptor.size,
                            kMostDocument >> 20U));
  }
  HttpPool::Lease http(state_->pool);
  Failures failures;
  for (const auto& endpoint : state_->endpoints) {
    std::string bytes;
    const Sink sink = [&](std::string_view more) { bytes += more; };
    const BlobProgress nobody;
    try {
      BlobTransfer transfer(descriptor, sink, nobody);
      transfer.fetch_from(*endpoint, http.get());
      transfer.require_digest(endpoint->name());
      return bytes;
    } catch (const Error& error) {
      failures.add(error);
    }
  }
  failures.raise();
}

void Registry::blob(const Descriptor& descriptor, const Sink& sink, const BlobProgress& progress) {
  HttpPool::Lease http(state_->pool);
  BlobTransfer transfer(descriptor, sink, progress);
  Failures failures;
  for (const auto& endpoint : state_->endpoints) {
    try {
      transfer.fetch_from(*endpoint, http.get());
    } catch (const Error& error) {
      if (transfer.sink_failed()) throw;
      failures.add(error);
      continue;
    }
    transfer.require_digest(endpoint->name());
    return;
  }
  failures.raise();
}

}  // namespace devbox::image
