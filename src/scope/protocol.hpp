// What launch says to devbox-scope, and what it hears. Constants only: both sides include this.
//
//   devbox-scope [--timeout-ms=N] start UNIT PID DESCRIPTION [PROPERTY=VALUE…]
//       has the user's systemd manager make the scope UNIT ("devbox-….scope") with the process PID
//       in it, Delegate=yes and CollectMode=inactive-or-failed, and waits until that is so. Prints
//       the scope's control group, a path from the root of the cgroup file system, and a newline.
//   devbox-scope [--timeout-ms=N] set UNIT [PROPERTY=VALUE…]
//       changes properties of a running unit until it ends. Prints nothing.
//
//   devbox-scope [--timeout-ms=N] attach UNIT PID
//       moves the process PID into a running unit. Prints nothing.
//
// The environment says where the manager is: its own socket, $XDG_RUNTIME_DIR/systemd/private, and
// else the session bus, $DBUS_SESSION_BUS_ADDRESS or $XDG_RUNTIME_DIR/bus.
//
// It ends with one of Status. Where that is not `done`, standard output has one line, which says
// why; what others said in it has been made printable. Standard error has nothing. Any other status
// (the loader's 127 or 1, a signal) says that devbox-scope could not be run.
#pragma once

#include <string_view>

namespace devbox::scope {

enum class Status : int {
  done = 0,
  usage = 2,            // the command line is wrong; nothing was asked of anybody
  no_manager = 3,       // there is none: which sockets were looked for, and why each will not do
  deadline = 4,         // it did not answer in time; the scope may come to be nevertheless
  refused = 5,          // "ERROR-NAME: MESSAGE", as the manager says it
  other_namespace = 6,  // the manager numbers processes otherwise: PID would be a stranger to it
  not_started = 7,      // the job that makes the scope ended otherwise: its result ("failed")
  lost = 8,             // the connection ended before the answer; as with `deadline`
};

inline constexpr std::string_view kStart = "start";
inline constexpr std::string_view kSet = "set";
inline constexpr std::string_view kAttach = "attach";
// At least 1. Without a word from the manager for so long it ends; where something comes, as from
// one that is busy with others, after kMostPatience times that.
inline constexpr std::string_view kTimeout = "--timeout-ms=";
inline constexpr int kMostPatience = 4;

// As sd-bus has it for a call (sd_bus_set_method_call_timeout(3)).
inline constexpr int kDefaultTimeoutMs = 25'000;
inline constexpr int kMaxTimeoutMs = 600'000;

// The properties that there are, by systemd's names (systemd.resource-control(5)), and their
// values.
namespace property {

// Bytes, or "infinity".
inline constexpr std::string_view kMemoryMax = "MemoryMax";
inline constexpr std::string_view kMemoryHigh = "MemoryHigh";
inline constexpr std::string_view kMemorySwapMax = "MemorySwapMax";
// Microseconds of a second, or "infinity": 1500000 is one and a half processors.
inline constexpr std::string_view kCpuQuota = "CPUQuotaPerSecUSec";
// Numbers, or "infinity".
inline constexpr std::string_view kCpuWeight = "CPUWeight";
inline constexpr std::string_view kIoWeight = "IOWeight";
inline constexpr std::string_view kTasksMax = "TasksMax";
// "0-3,8".
inline constexpr std::string_view kAllowedCpus = "AllowedCPUs";
// "PATH NUMBER", of bytes or operations a second, or "PATH infinity"; once for each device.
inline constexpr std::string_view kIoReadBandwidth = "IOReadBandwidthMax";
inline constexpr std::string_view kIoWriteBandwidth = "IOWriteBandwidthMax";
inline constexpr std::string_view kIoReadOperations = "IOReadIOPSMax";
inline constexpr std::string_view kIoWriteOperations = "IOWriteIOPSMax";
// "yes" or "no".
inline constexpr std::string_view kDelegate = "Delegate";
inline constexpr std::string_view kCpuAccounting = "CPUAccounting";
inline constexpr std::string_view kIoAccounting = "IOAccounting";
inline constexpr std::string_view kMemoryAccounting = "MemoryAccounting";
inline constexpr std::string_view kTasksAccounting = "TasksAccounting";

}  // namespace property

}  // namespace devbox::scope
