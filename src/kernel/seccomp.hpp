// The system call filters, compiled to BPF when devbox is built (seccomp/compile_filters.cpp).
#pragma once

#include "kernel/sys.hpp"

namespace devbox::kernel {

enum class Filter { standard, strict };

// seccomp(2), SECCOMP_SET_MODE_FILTER, for this process and all it starts. Needs no_new_privs.
// EINVAL where the kernel has no filters.
Done install_filter(Filter filter) noexcept;

// What answers 0 and does nothing, so that a package manager gets on without what it may not do.
enum class Pretence {
  devices,    // mknod(2) of devices: in a user namespace that maps many ids
  ownership,  // that, and whatever sets owners, ids, groups and capabilities: in one of a single id
};

// As install_filter, without its protection.
Done install_pretence(Pretence pretence) noexcept;

}  // namespace devbox::kernel
