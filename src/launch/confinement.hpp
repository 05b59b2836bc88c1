// What a process of a box gives up for good, at a start and whenever one joins.
#pragma once

#include <cstdint>

#include "kernel/seccomp.hpp"
#include "launch/outcome.hpp"

namespace devbox::launch {

struct Confinement {
  std::uint64_t capabilities = 0;  // those that are kept, bit N is capability N
  bool filtered = true;
  kernel::Filter filter = kernel::Filter::standard;
  bool pretends_ownership = false;
};

// A new session keyring, no_new_privs, the capabilities, the filters. For this process and all that
// it starts; runs between clone and exec.
Outcome give_up(const Confinement& confinement) noexcept;

}  // namespace devbox::launch
