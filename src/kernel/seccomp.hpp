// The system call filters, compiled to BPF when devbox is built (seccomp/compile_filters.cpp).
#pragma once

#include "kernel/sys.hpp"

namespace devbox::kernel {

enum class Filter { standard, strict };

// seccomp(2), SECCOMP_SET_MODE_FILTER, for this process and all it starts. Needs no_new_privs.
// EINVAL where the kernel has no filters.
Done install_filter(Filter filter) noexcept;

}  // namespace devbox::kernel
