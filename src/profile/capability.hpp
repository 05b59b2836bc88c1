// Names of Linux capabilities.
#pragma once

#include <string>
#include <string_view>

namespace devbox::profile {

// capabilities(7), "Capabilities list", in the order of their numbers.
inline constexpr std::string_view kCapabilities[] = {
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
};

// `name` in lower case without "cap_", known or not.
std::string capability_name(std::string_view name);

bool is_capability(std::string_view lower_case_name);

// The known capability nearest to `lower_case_name`, or empty.
std::string nearest_capability(std::string_view lower_case_name);

}  // namespace devbox::profile
