// A failed step of a start as a sentence: what was tried, on what, why it failed, and what to do.
#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "host/userns.hpp"
#include "kernel/step.hpp"
#include "kernel/sys.hpp"
#include "util/error.hpp"

namespace devbox::host {

// What an errno means at a step, where it does not mean what strerror(3) says.
struct Hint {
  kernel::Step step;
  int err;
  std::string_view text;
  std::string_view command = {};  // the fix as a line of sh(1), where one does it
};

// The whole table; the first row that fits is used. Rows of one step and errno never repeat.
std::span<const Hint> hints();

// What `err` at `step` means on a host with these restrictions. The cause is never empty. Pure.
Refusal explain(kernel::Step step, int err, const Restrictions& found);

// `subject` is what the step worked on, raw; it is escaped here. Asks the machine (sysctls, the
// filter around us) why user namespaces are refused, where that is what failed.
Error failure(kernel::Step step, int err, std::string_view subject);

template <class T>
T or_throw(kernel::Sys<T> result, kernel::Step step, std::string_view subject) {
  if (result.err != 0) throw failure(step, result.err, subject);
  return std::move(result.value);
}

}  // namespace devbox::host
