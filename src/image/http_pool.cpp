#include "image/http_pool.hpp"

#include <utility>

namespace devbox::image {

Http HttpPool::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return Http(timeouts_);
  Http http = std::move(idle_.back());
  idle_.pop_back();
  return http;
}

void HttpPool::give_back(Http http) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(http));
}

}  // namespace devbox::image
