// The members of an archive of any kind that a build makes (ar and so deb, tar, zip and so jar and
// wheel, cpio), or the one content of a compressed file: as libarchive reads them, to be compared.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/seekable.hpp"

struct archive;
struct archive_entry;

namespace devbox::image {

// What looking into the files of one path may cost. Files come from builds that may be hostile: a
// few KiB become exbibytes, and an archive can hold itself.
struct Allowance {
  std::uint64_t bytes = std::uint64_t{32} << 30U;    // to be uncompressed or read again: a minute
  std::uint64_t memory = std::uint64_t{512} << 20U;  // for what is held of archives at once
  int depth = 6;  // a deb is an ar of a tar of perhaps a jar of a jar

  // False where that much is not left any more; then nothing is.
  bool spend(std::uint64_t count);
};

struct MemberHead {
  std::string name;
  mode_t kind = 0;  // S_IFMT
  mode_t mode = 0;  // the other bits
  std::string owner;
  std::string link;  // what it is one more name of, or leads to
  std::int64_t time = 0;
  long nanoseconds = 0;
};

// What the bytes may be. A file that begins with 512 zeros is an empty archive to tar: compressed,
// it must be asked for as no archive at all.
enum class Formats { all, compressed_file };

class Members {
 public:
  // Both are borrowed.
  Members(const Seekable& bytes, Allowance& allowance, Formats formats = Formats::all);
  ~Members() = default;
  Members(const Members&) = delete;  // libarchive knows where it is
  Members& operator=(const Members&) = delete;

  // std::nullopt at the end, where the archive is damaged, where the allowance is spent, and where
  // it is no archive at all. Throws Error where the bytes cannot be read, as read() does.
  std::optional<MemberHead> next();

  // Bytes of the last member: fewer than `to` holds only at its end, or as above.
  std::size_t read(std::span<char> to);

  // Once next() was called: ARCHIVE_FORMAT_TAR or its like, 0 of what is none.
  int format() const;
  bool is_compressed_file() const;             // one content without a name
  bool is_whole() const { return is_whole_; }  // nothing was wrong until now

 private:
  struct Close {
    void operator()(archive* a) const noexcept;
  };
  static ssize_t read_bytes(archive* a, void* self, const void** bytes) noexcept;
  static std::int64_t seek(archive* a, void* self, std::int64_t offset, int whence) noexcept;
  static std::int64_t skip(archive* a, void* self, std::int64_t count) noexcept;
  void rethrow() const;
  bool skip_member();
  bool is_archive() const;

  const Seekable& bytes_;
  Allowance& allowance_;
  std::uint64_t at_ = 0;
  std::vector<char> buffer_;
  std::exception_ptr failed_;  // what was thrown below libarchive
  std::unique_ptr<archive, Close> archive_;
  archive_entry* entry_ = nullptr;
  bool is_whole_ = true;
};

}  // namespace devbox::image
