#include "kernel/privilege.hpp"

#include <linux/keyctl.h>
#include <net/if.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "kernel/raw.hpp"

namespace devbox::kernel {
namespace {

constexpr int kLastCapability = 63;

// prctl(2), PR_CAPBSET_DROP: EINVAL past the last capability that this kernel knows.
Done drop_bounding(std::uint64_t kept) noexcept {
  for (int capability = 0; capability <= kLastCapability; ++capability) {
    if ((kept >> capability & 1U) != 0) continue;
    const long result = raw(__NR_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
    if (result == -EINVAL) break;
    if (result < 0) return sys_done(result);
  }
  return {};
}

Done raise_ambient(std::uint64_t kept) noexcept {
  for (int capability = 0; capability <= kLastCapability; ++capability) {
    if ((kept >> capability & 1U) == 0) continue;
    const long result = raw(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
    if (result < 0) return sys_done(result);
  }
  return {};
}

}  // namespace

Done keep_capabilities(std::uint64_t kept) noexcept {
  if (const Done dropped = drop_bounding(kept); !dropped) return dropped;
  struct __user_cap_header_struct header {
    _LINUX_CAPABILITY_VERSION_3, 0
  };
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] {};
  for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; ++i) {
    const auto word = static_cast<std::uint32_t>(kept >> (32 * i));
    data[i] = {word, word, word};
  }
  if (const Done set = sys_done(raw(__NR_capset, &header, data)); !set) return set;
  return raise_ambient(kept);
}

int capability_number(const char* name) noexcept {
  // libcap wants the prefix; no name comes near the buffer's size.
  char full[64] = "cap_";
  const std::string_view text(name);
  const bool prefixed = text.starts_with("cap_");
  const std::size_t offset = prefixed ? 0 : 4;
  if (text.size() + offset + 1 > sizeof full) return -1;
  text.copy(full + offset, text.size());
  full[offset + text.size()] = '\0';
  cap_value_t value = -1;
  return cap_from_name(full, &value) == 0 ? value : -1;
}

Done join_new_keyring() noexcept {
  const long result = raw(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr, 0, 0, 0);
  return result == -ENOSYS ? Done{} : sys_done(result);
}

Done set_no_new_privs() noexcept {
  return sys_done(raw(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

Done raise_loopback() noexcept {
  const Sys<int> socket = sys_int(raw(__NR_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return {{}, socket.err};
  struct ifreq request {};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const long result = raw(__NR_ioctl, socket.value, SIOCSIFFLAGS, &request);
  raw(__NR_close, socket.value);
  return sys_done(result);
}

}  // namespace devbox::kernel
