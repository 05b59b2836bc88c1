#include "image/feed.hpp"

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "host/cannot.hpp"
#include "image/sha256.hpp"

namespace devbox::image {
namespace {

// False where nobody reads.
bool write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::string feed(int from, int to) {
  std::vector<char> buffer(std::size_t{1024} * 1024);
  Sha256 hash;
  bool wanted = true;
  while (true) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw host::cannot("read", "the archive", errno);
    if (got == 0) return hash.hex();
    const auto size = static_cast<std::size_t>(got);
    hash.add(buffer.data(), size);
    wanted = wanted && write_all(to, {buffer.data(), size});
  }
}

}  // namespace devbox::image
