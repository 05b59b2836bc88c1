// A tar archive, plain or compressed (gzip, xz, zstd, bzip2), read from a descriptor: libarchive.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "image/manifest.hpp"

struct archive;
struct archive_entry;

namespace devbox::image {

struct Member {
  std::string name;                      // as it is written
  std::optional<std::string> hard_link;  // the name of another member, where this is one more of it
  Entry entry;                           // `text` of a link and a device; a file has no digest yet
};

// Bytes of a member, and where in it they belong: what lies between two blocks is zero.
struct Block {
  std::string_view bytes;
  std::uint64_t offset = 0;
};

class Archive {
 public:
  // `fd` is borrowed. Throws Error where what it holds is no archive of these.
  explicit Archive(int fd);

  // std::nullopt at the end. Throws Error where the archive is damaged or ends too early.
  std::optional<Member> next();

  // The bytes of the last member; valid until the next call. std::nullopt at their end.
  std::optional<Block> read();

 private:
  struct Close {
    void operator()(archive* a) const noexcept;
  };
  [[noreturn]] void fail(std::string_view doing);
  void require_bounds() const;

  std::unique_ptr<archive, Close> archive_;
  archive_entry* entry_ = nullptr;
  std::uint64_t members_ = 0;
};

}  // namespace devbox::image
