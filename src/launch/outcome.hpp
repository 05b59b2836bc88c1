// The outcome of a step between clone and exec: noexcept, no allocation, no libc state.
#pragma once

#include "kernel/step.hpp"
#include "kernel/sys.hpp"

namespace devbox::launch {

// A failed step; err 0 is success.
struct Outcome {
  kernel::Step step = kernel::Step::none;
  int err = 0;
  explicit operator bool() const noexcept { return err == 0; }
};

template <class T>
inline Outcome at(kernel::Step step, const kernel::Sys<T>& result) noexcept {
  return {step, result.err};
}

inline constexpr Outcome kDone{};

}  // namespace devbox::launch
