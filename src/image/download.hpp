// A file that a server has, from its first byte to its last, over as many connections as that
// takes. The recipe for it, JSON:
//
//   {"url": "https://host.example/debian.tar.zst", "insecure": false, "expected": "sha256:…",
//    "connect_seconds": 30, "stall_seconds": 60}
//
// The rest may be left out. No credentials are sent, and no bytes are looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "image/blobs.hpp"
#include "image/http.hpp"
#include "image/sha256.hpp"
#include "util/json.hpp"

namespace devbox::image {

struct Wanted {
  Url url;
  std::string expected;  // hex; empty: whatever is there
  Timeouts timeouts;
};

// Throws Error where it is wrong, and where it is plain http to another machine without "insecure".
Wanted parse_wanted(const Json& recipe);

// "debian.tar.zst": the last name of the URL's path, or the host.
std::string file_name(const Url& url);

// `size` is 0 where the server has not said it.
using DownloadProgress = std::function<void(std::uint64_t bytes, std::uint64_t size)>;

class Download {
 public:
  // All are borrowed.
  Download(const Wanted& wanted, const Sink& sink, const DownloadProgress& progress);

  // Gives the sink all of it, in order, and returns its SHA-256 in hex, whatever that should be.
  // What broke off goes on where it ended, where the server names what it has by a strong ETag (RFC
  // 9110, 8.8.1) or the expected digest will tell; else all is fetched again, and must begin with
  // what had come. Throws Error, also after some of it, and what the sink throws.
  std::string run(Http& http);

 private:
  Request request();
  Sink begin(const Response& response);
  void require_rest(const Response& response) const;
  void require_same_file(const Response& response);
  void take(std::string_view bytes);
  void take_again(std::string_view bytes);
  bool is_whole() const { return !size_ || offset_ == *size_; }

  const Wanted& wanted_;
  const Sink& sink_;
  const DownloadProgress& progress_;
  Sha256 hash_;                        // of what the sink has
  std::uint64_t offset_ = 0;           // bytes of it
  std::optional<std::uint64_t> size_;  // as the server says
  std::string etag_;                   // a strong one; may be empty
  bool begun_ = false;
  std::uint64_t skip_ = 0;  // of this answer, bytes that the sink has had
  Sha256 again_;            // of those
};

}  // namespace devbox::image
