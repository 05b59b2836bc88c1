// A tar archive, plain or compressed (gzip, xz, zstd, bzip2): libarchive reads tar, xz and bzip2,
// and Decompressor the others.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "image/decompressor.hpp"
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
  // `bytes` are borrowed. Throws Error where they are no archive of these.
  explicit Archive(ByteSource& bytes);
  ~Archive() = default;
  Archive(const Archive&) = delete;  // libarchive knows where it is
  Archive& operator=(const Archive&) = delete;

  // std::nullopt at the end. Throws Error where the archive is damaged or ends too early.
  std::optional<Member> next();

  // The bytes of the last member; valid until the next call. std::nullopt at their end.
  std::optional<Block> read();

  // Reads what comes after the archive's end, which belongs to no member: whether compressed bytes
  // are whole is seen at their end. Throws Error where they are not.
  void finish();

  // How many extended attributes the members had until now that are not in their entries, because
  // no tree has them (image/xattr.hpp).
  std::uint64_t xattrs_left_out() const { return xattrs_left_out_; }

 private:
  static ssize_t read_bytes(archive* a, void* self, const void** bytes) noexcept;
  struct Close {
    void operator()(archive* a) const noexcept;
  };
  [[noreturn]] void fail(std::string_view doing);
  void require_bounds() const;
  Xattrs read_xattrs(const Member& member);

  Decompressor bytes_;
  std::exception_ptr failed_;  // what it threw below libarchive
  std::unique_ptr<archive, Close> archive_;
  archive_entry* entry_ = nullptr;
  std::uint64_t members_ = 0;
  std::uint64_t xattr_bytes_ = 0;
  std::uint64_t xattrs_left_out_ = 0;
};

}  // namespace devbox::image
