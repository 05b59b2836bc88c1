// What a process gives up before it runs foreign code.
#pragma once

#include <cstdint>

#include "kernel/sys.hpp"

namespace devbox::kernel {

// Empties the bounding, effective, permitted, inheritable and ambient sets of all but `kept` (bit N
// is capability N), and makes those ambient, so that they survive exec (capabilities(7)).
Done keep_capabilities(std::uint64_t kept) noexcept;

// The number of a capability as libcap knows it ("sys_ptrace" or "cap_sys_ptrace"), -1 where it
// does not.
int capability_number(const char* name) noexcept;

// keyctl(2), KEYCTL_JOIN_SESSION_KEYRING: a new one, so that the caller's is not readable. A kernel
// without keyrings (ENOSYS) has nothing to hide.
Done join_new_keyring() noexcept;

Done set_no_new_privs() noexcept;

// "lo" of the network namespace, which starts down.
Done raise_loopback() noexcept;

}  // namespace devbox::kernel
