// What a Registry is made of.
#pragma once

#include <memory>
#include <vector>

#include "image/endpoint.hpp"
#include "image/http_pool.hpp"
#include "image/registry.hpp"

namespace devbox::image {

struct Registry::State {
  explicit State(const RegistryAccess& access);

  HttpPool pool;
  std::vector<std::unique_ptr<Endpoint>> endpoints;  // mirrors, then the registry itself

  Endpoint& own() { return *endpoints.back(); }
};

}  // namespace devbox::image
