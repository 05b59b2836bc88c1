#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "image/feed.hpp"
#include "image/program/commands.hpp"
#include "image/program/half.hpp"

namespace devbox::image {

int unpack_command(const std::string& directory) {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  Half half = start_half(directory);
  ::close(kFindings);
  const std::string hash = feed(STDIN_FILENO, half.archive.get());
  const int status = end_half(std::move(half));
  std::fputs(json_line({{"archive", hash}}).c_str(), stdout);
  return status;
}

}  // namespace devbox::image
