#include "image/byte_source.hpp"

#include <unistd.h>

#include <cerrno>

#include "host/cannot.hpp"

namespace devbox::image {

FdSource::FdSource(int fd) : fd_(fd), buffer_(std::size_t{1024} * 1024) {}

std::string_view FdSource::read() {
  while (true) {
    const ssize_t got = ::read(fd_, buffer_.data(), buffer_.size());
    if (got >= 0) return {buffer_.data(), static_cast<std::size_t>(got)};
    if (errno != EINTR) throw host::cannot("read", "the archive", errno);
  }
}

std::string_view Lookahead::read() {
  if (given_ || first_.empty()) return from_.read();
  given_ = true;
  return first_;
}

std::string_view Lookahead::ahead(std::size_t count) {
  while (first_.size() < count) {
    const std::string_view more = from_.read();
    if (more.empty()) break;
    first_ += more;
  }
  return std::string_view(first_).substr(0, count);
}

}  // namespace devbox::image
