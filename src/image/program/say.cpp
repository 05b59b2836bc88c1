#include "image/program/say.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "host/cannot.hpp"
#include "util/error.hpp"

namespace devbox::image {

void write_text(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw host::cannot("write", "the result", errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void say(const Json& line) { write_text(kFindings, json_line(line)); }

int say_errors(const std::function<void()>& work) {
  try {
    work();
    return 0;
  } catch (const Error& error) {
    say({{"error", error.message()}, {"hint", error.hint()}, {"errno", error.err()}});
  } catch (const SaidAlready&) {
    // The last that was said is why.
  } catch (const std::bad_alloc&) {
    say({{"error", "it needs more than 4 GiB of memory"}, {"hint", ""}});
  }
  return 1;
}

// devbox, which reads what is said, may have died before prctl(2) was called; then nobody reads,
// and without this it would be noticed when something is said, minutes later.
void die_with_parent() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct pollfd findings {
    kFindings, POLLOUT, 0
  };
  if (::poll(&findings, 1, 0) > 0 && (findings.revents & POLLERR) != 0) ::_exit(1);
}

}  // namespace devbox::image
