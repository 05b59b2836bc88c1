// The ids that a store needs whose trees have real owners, as the machine has them for this user.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "host/host.hpp"
#include "host/owners.hpp"

namespace devbox::store {

class Ids {
 public:
  explicit Ids(host::Host host) : host_(std::move(host)) {}

  // Whose the files of a tree are: exactly what a box with `ids.map = "subids"` maps. Asked for
  // once, which costs processes. Throws Error that says what this user, or this machine, lacks.
  const host::Owners& owners() const;

  // All that this user may map.
  const host::IdMaps& all() const;

  const std::string& user() const { return host_.user; }

 private:
  void ask() const;

  host::Host host_;
  mutable std::optional<host::Owners> owners_;
  mutable host::IdMaps all_;
};

}  // namespace devbox::store
