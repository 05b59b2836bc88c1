#include "kernel/seccomp.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>

#include "kernel/raw.hpp"

namespace devbox::kernel {
namespace {

#include "kernel/seccomp_filters.inc"  // k…Filter: made by the build

template <std::size_t size>
Done install(const struct sock_filter (&instructions)[size]) noexcept {
  struct sock_fprog program {};
  program.len = size;
  program.filter = const_cast<struct sock_filter*>(instructions);
  // Before 5.16 a filter also turns speculative store bypass off, which makes every program slower
  // (seccomp(2), SECCOMP_FILTER_FLAG_SPEC_ALLOW); bpf(2), by which one would use it, is refused.
  constexpr unsigned kFlags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  return sys_done(raw(__NR_seccomp, SECCOMP_SET_MODE_FILTER, kFlags, &program));
}

}  // namespace

Done install_filter(Filter filter) noexcept {
  const Done standard = install(kStandardFilter);
  if (!standard || filter == Filter::standard) return standard;
  return install(kStrictFilter);  // both are asked, and the stricter answer holds
}

Done install_pretence(Pretence pretence) noexcept {
  return pretence == Pretence::devices ? install(kDevicesFilter) : install(kOwnershipFilter);
}

}  // namespace devbox::kernel
