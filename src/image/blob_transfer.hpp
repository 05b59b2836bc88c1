// One blob on its way: how much of it has come, its hash, and where it goes on.
#pragma once

#include <cstdint>

#include "image/endpoint.hpp"
#include "image/http.hpp"
#include "image/oci.hpp"
#include "image/registry.hpp"
#include "image/sha256.hpp"

namespace devbox::image {

class BlobTransfer {
 public:
  BlobTransfer(const Descriptor& descriptor, const Sink& sink, const BlobProgress& progress);

  // Brings what is missing from there. Throws Error where not all of it came: it may be gone on
  // elsewhere, unless the sink failed.
  void fetch_from(Endpoint& endpoint, Http& http);

  // Once all has come. Throws Error where it is not what it should be; `name` is where it is from.
  void require_digest(std::string_view name);

  bool sink_failed() const { return sink_failed_; }

 private:
  Request request(const Url& url);
  Sink begin(const Response& response);
  void take(std::string_view bytes);
  std::string shown(std::string_view name) const;

  const Descriptor& descriptor_;
  const Sink& sink_;
  const BlobProgress& progress_;
  Sha256 hash_;
  std::uint64_t offset_ = 0;  // bytes that the sink has
  std::uint64_t skip_ = 0;    // of this answer, bytes that the sink had before
  bool sink_failed_ = false;
};

// Of a Content-Length; std::nullopt where it is anything else. Pure.
std::optional<std::uint64_t> decimal(std::string_view text);

// The first byte of a Content-Range, "bytes 100-199/200" (RFC 9110, 14.4). Pure.
std::optional<std::uint64_t> range_start(std::string_view content_range);

}  // namespace devbox::image
