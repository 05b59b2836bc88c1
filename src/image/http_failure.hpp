// What libcurl says of an exchange that failed (libcurl-errors(3)), for people.
#pragma once

#include <string_view>

#include "image/http.hpp"

namespace devbox::image {

struct TransferFailure {
  int code = 0;           // CURLcode
  int err = 0;            // an errno; 0 where there is none
  std::string_view said;  // libcurl's own words; may be empty
};

// Fills in `failure`, `hint` and `may_pass`; pure.
void tell_failure(Response& response, const TransferFailure& failed, const Timeouts& timeouts);

}  // namespace devbox::image
