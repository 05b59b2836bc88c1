// The certificate authorities of an image, and those of the host that it lacks, as one file that is
// kept: merging takes milliseconds, and a start has none to spare.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.hpp"

namespace devbox::store {

struct Certificates {
  std::string file;         // in the state directory, where no box can write
  bool is_missing = false;  // it is not there yet: `content` is what has to be in it
  bool is_empty = false;    // the image lacks none; so is the file
  std::string content;
  std::string trouble;  // why there is nothing of the host's, and what to do; else empty
};

// Found by what the host's files are now (their stat(2)), and the tree's, unless that is of the
// store and cannot change: a merged file that is there costs two calls. `of_image` is the bundle
// that the image's own SSL_CERT_FILE names; may be empty.
Certificates certificates(const host::Host& host, const std::string& tree, bool is_fixed,
                          const std::string& of_image);

// The blocks of PEM (RFC 7468) that hold certificates, as they stand.
std::vector<std::string_view> pem_certificates(std::string_view text);

// `image`, and behind it every certificate of `host` that it does not have; empty where it has all.
std::string merged_bundle(std::string_view image, std::string_view host);

}  // namespace devbox::store
