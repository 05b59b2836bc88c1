#include "image/feed.hpp"

#include <unistd.h>

#include <cerrno>
#include <span>

#include "host/cannot.hpp"
#include "image/sha256.hpp"

namespace devbox::image {

std::string feed(int from, RingWriter& to) {
  Sha256 hash;
  while (true) {
    const std::span<char> room = to.room();
    const ssize_t got = ::read(from, room.data(), room.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw host::cannot("read", "the archive", errno);
    if (got == 0) return hash.hex();
    const auto size = static_cast<std::size_t>(got);
    hash.add(room.data(), size);
    to.give(size);
  }
}

}  // namespace devbox::image
