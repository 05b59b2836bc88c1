// Handles for threads that come and go; their connections are kept between.
#pragma once

#include <mutex>
#include <vector>

#include "image/http.hpp"

namespace devbox::image {

class HttpPool {
 public:
  explicit HttpPool(Timeouts timeouts) : timeouts_(timeouts) {}

  // One thread's, given back at its end.
  class Lease {
   public:
    explicit Lease(HttpPool& pool) : pool_(pool), http_(pool.take()) {}
    ~Lease() { pool_.give_back(std::move(http_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Http& get() { return http_; }

   private:
    HttpPool& pool_;
    Http http_;
  };

 private:
  Http take();
  void give_back(Http http);

  const Timeouts timeouts_;
  std::mutex mutex_;
  std::vector<Http> idle_;
};

}  // namespace devbox::image
