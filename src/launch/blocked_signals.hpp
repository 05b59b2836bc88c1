// The signals of the launcher, from its start until others can take them.
#pragma once

#include <fmt/format.h>
#include <signal.h>

#include <cstdint>
#include <string>

namespace devbox::launch {

// Every signal waits until the waiter or pid 1 can pass it on; the command gets the mask we were
// given.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  std::string before() const {  // 16 hex digits, bit N-1 for signal N
    std::uint64_t bits = 0;
    for (int signal = 1; signal <= 64; ++signal) {
      if (::sigismember(&before_, signal) == 1) bits |= std::uint64_t{1} << (signal - 1);
    }
    return fmt::format("{:016x}", bits);
  }

 private:
  sigset_t before_{};
};

}  // namespace devbox::launch
