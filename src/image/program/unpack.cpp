// devbox-image unpack: two processes. This one reads the archive, hashes it, and hands it to the
// second (image/program/half.hpp). So no byte of the archive can change what is said of its digest.
#include <signal.h>
#include <unistd.h>

#include "image/feed.hpp"
#include "image/program/half.hpp"
#include "image/program/say.hpp"

namespace devbox::image {

int unpack_command(const std::string& directory, const Owners& owners) {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  Half half = start_half(directory, owners);
  ::close(kFindings);
  const std::string hash = feed(STDIN_FILENO, *half.archive);
  const int status = end_half(std::move(half));
  write_text(STDOUT_FILENO, json_line({{"archive", hash}}));
  return status;
}

}  // namespace devbox::image
