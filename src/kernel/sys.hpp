// The outcome of a system call: a value, or the errno it failed with. Nothing in kernel/ throws or
// allocates; host/failure.hpp turns a failure into a sentence.
#pragma once

namespace devbox::kernel {

template <class T>
struct [[nodiscard]] Sys {
  T value{};
  int err = 0;  // 0, or the errno

  explicit operator bool() const noexcept { return err == 0; }
};

struct None {};
using Done = Sys<None>;

inline Sys<int> sys_int(long result) noexcept {
  return result < 0 ? Sys<int>{-1, static_cast<int>(-result)}
                    : Sys<int>{static_cast<int>(result), 0};
}
inline Done sys_done(long result) noexcept {
  return result < 0 ? Done{{}, static_cast<int>(-result)} : Done{};
}

}  // namespace devbox::kernel
