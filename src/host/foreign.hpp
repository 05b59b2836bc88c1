// Programs of other processors than this machine's: which of them run here, and by what.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace devbox::host {

// Whether programs of the platform `wanted` ("linux/386", "linux/arm64") run on a machine of the
// platform `own` by themselves. Of variants the processor itself has the last word. Pure.
bool runs_natively(std::string_view own, std::string_view wanted);

struct Emulator {
  std::string name;         // of its entry in binfmt_misc
  std::string interpreter;  // "/usr/bin/qemu-aarch64-static"
  bool is_fixed = false;    // opened when it was registered: a box need not have it (flag F)
};

// What an enabled entry of binfmt_misc (the kernel's admin-guide/binfmt-misc.rst), whose text is
// `entry`, runs programs of that platform by; std::nullopt where it does not. Pure.
std::optional<Emulator> emulator_in(std::string_view name, std::string_view entry,
                                    std::string_view wanted);

// Of all entries the first, a fixed one before others.
std::optional<Emulator> emulator_for(std::string_view wanted,
                                     const std::string& directory = "/proc/sys/fs/binfmt_misc");

}  // namespace devbox::host
