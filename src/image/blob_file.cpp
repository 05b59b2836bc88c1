#include "image/blob_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "host/cannot.hpp"
#include "image/sha256.hpp"
#include "util/error.hpp"

namespace devbox::image {

void require_file(int file, const std::string& shown) {
  struct stat st {};
  if (::fstat(file, &st) < 0 || !S_ISREG(st.st_mode))
    throw Error(fmt::format("{} is no file", shown), kDamagedCopy);
}

void read_blob(int file, const std::string& shown, const Descriptor& descriptor, const Sink& sink,
               const BlobProgress& progress) {
  constexpr std::size_t kChunk = std::size_t{1024} * 1024;
  const auto buffer = std::make_unique<char[]>(kChunk);
  Sha256 hash;
  std::uint64_t size = 0;
  off_t at = 0;
  while (size <= descriptor.size) {
    const ssize_t got = ::pread(file, buffer.get(), kChunk, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw host::cannot("read", shown, errno);
    if (got == 0) break;
    const std::string_view bytes(buffer.get(), static_cast<std::size_t>(got));
    at += got;
    size += bytes.size();
    hash.add(bytes.data(), bytes.size());
    if (size <= descriptor.size) sink(bytes);
    if (progress) progress(size);
  }
  if (size != descriptor.size) {
    throw Error(fmt::format("{} is {} than the {} bytes that the image says", shown,
                            size < descriptor.size ? "shorter" : "longer", descriptor.size),
                kDamagedCopy);
  }
  if (hash.hex() != descriptor.digest) {
    throw Error(fmt::format("{} has not the digest sha256:{}", shown, descriptor.digest),
                kDamagedCopy);
  }
}

std::string whole_blob(Blobs& blobs, const Descriptor& descriptor) {
  if (descriptor.size > kMostDocument) {
    throw Error(fmt::format("sha256:{} is said to be {} bytes long, more than such a document is",
                            descriptor.digest, descriptor.size),
                kDamagedCopy);
  }
  std::string bytes;
  blobs.blob(descriptor, [&](std::string_view part) { bytes += part; }, {});
  return bytes;
}

}  // namespace devbox::image
