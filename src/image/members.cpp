#include "image/members.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>

namespace devbox::image {
namespace {

constexpr std::size_t kChunk = std::size_t{64} << 10U;
constexpr int kOneFilter = 2;  // and the reading of the bytes, as archive_filter_count() has it
constexpr std::uint64_t kHeader = 512;  // what a member costs without its bytes

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

// In the locale "C", in which a program starts, a name is what the archive says, byte by byte; but
// where that says that it is UTF-8, libarchive has it in this way alone.
std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  return text_or_empty(name != nullptr ? name : archive_entry_pathname_utf8(entry));
}

std::string link_of(archive_entry* entry) {
  const char* name = archive_entry_hardlink(entry);
  return text_or_empty(name != nullptr ? name : archive_entry_symlink(entry));
}

MemberHead head_of(archive_entry* entry) {
  return {.name = name_of(entry),
          .kind = archive_entry_filetype(entry),
          .mode = archive_entry_mode(entry) & 07777U,
          .owner = fmt::format("{}:{} {}:{}", archive_entry_uid(entry), archive_entry_gid(entry),
                               text_or_empty(archive_entry_uname(entry)),
                               text_or_empty(archive_entry_gname(entry))),
          .link = link_of(entry),
          .time = archive_entry_mtime(entry),
          .nanoseconds = archive_entry_mtime_nsec(entry)};
}

// Filters that libarchive does without another program, and no format that is only ever read.
void support(archive* a, Formats formats) {
  archive_read_support_filter_gzip(a);
  archive_read_support_filter_bzip2(a);
  archive_read_support_filter_xz(a);
  archive_read_support_filter_lzma(a);
  archive_read_support_filter_zstd(a);
  archive_read_support_filter_lz4(a);
  archive_read_support_filter_compress(a);
  archive_read_support_format_raw(a);  // which any bytes are: see is_archive()
  if (formats == Formats::compressed_file) return;
  archive_read_support_format_ar(a);
  archive_read_support_format_tar(a);
  archive_read_support_format_zip(a);
  archive_read_support_format_cpio(a);
}

}  // namespace

bool Allowance::spend(std::uint64_t count) {
  const bool is_enough = count <= bytes;
  bytes = is_enough ? bytes - count : 0;
  return is_enough;
}

void Members::Close::operator()(archive* a) const noexcept { archive_read_free(a); }

// Nothing is thrown through libarchive, which is C.
ssize_t Members::read_bytes(archive* a, void* self, const void** bytes) noexcept {
  auto* that = static_cast<Members*>(self);
  try {
    const std::size_t got = that->bytes_.read_at(that->at_, that->buffer_);
    that->at_ += got;
    *bytes = that->buffer_.data();
    return static_cast<ssize_t>(got);
  } catch (...) {
    that->failed_ = std::current_exception();
    archive_set_error(a, EIO, "the bytes cannot be read");
    return ARCHIVE_FATAL;
  }
}

std::int64_t Members::seek(archive*, void* self, std::int64_t offset, int whence) noexcept {
  auto* that = static_cast<Members*>(self);
  const auto size = static_cast<std::int64_t>(that->bytes_.size());
  const auto at = static_cast<std::int64_t>(that->at_);
  const std::int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? at : size;
  if (offset < -base || offset > size - base) return ARCHIVE_FATAL;
  that->at_ = static_cast<std::uint64_t>(base + offset);
  return base + offset;
}

std::int64_t Members::skip(archive*, void* self, std::int64_t count) noexcept {
  auto* that = static_cast<Members*>(self);
  const std::uint64_t left = that->bytes_.size() - std::min(that->at_, that->bytes_.size());
  const std::uint64_t skipped = std::min<std::uint64_t>(left, static_cast<std::uint64_t>(count));
  that->at_ += skipped;
  return static_cast<std::int64_t>(skipped);
}

Members::Members(const Seekable& bytes, Allowance& allowance, Formats formats)
    : bytes_(bytes), allowance_(allowance), buffer_(kChunk), archive_(archive_read_new()) {
  archive* a = archive_.get();
  if (a == nullptr) throw std::bad_alloc();
  support(a, formats);
  archive_read_set_read_callback(a, read_bytes);
  archive_read_set_skip_callback(a, skip);
  archive_read_set_seek_callback(a, seek);
  archive_read_set_callback_data(a, this);
  is_whole_ = archive_read_open1(a) == ARCHIVE_OK;
}

// Compressed more than once is one archive in another, which is looked into by itself: of what lies
// between, nobody would count the bytes.
bool Members::is_archive() const {
  const int filters = archive_filter_count(archive_.get());
  return filters <= kOneFilter && (filters == kOneFilter || !is_compressed_file());
}

bool Members::is_compressed_file() const { return format() == ARCHIVE_FORMAT_RAW; }

int Members::format() const { return archive_format(archive_.get()) & ARCHIVE_FORMAT_BASE_MASK; }

void Members::rethrow() const {
  if (failed_) std::rethrow_exception(failed_);
}

// What is compressed is uncompressed to be skipped, and libarchive does not end that.
bool Members::skip_member() {
  if (entry_ == nullptr || archive_filter_count(archive_.get()) < kOneFilter) return true;
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  while (true) {
    const int result = archive_read_data_block(archive_.get(), &bytes, &size, &offset);
    if (result == ARCHIVE_EOF) return true;
    if (result != ARCHIVE_OK || !allowance_.spend(size)) return false;
  }
}

std::optional<MemberHead> Members::next() {
  if (is_whole_) is_whole_ = skip_member();
  if (!is_whole_) return std::nullopt;
  const int result = archive_read_next_header(archive_.get(), &entry_);
  rethrow();
  if (result == ARCHIVE_EOF) return std::nullopt;
  is_whole_ = (result == ARCHIVE_OK || result == ARCHIVE_WARN) && is_archive();
  if (!is_whole_) return std::nullopt;
  MemberHead head = head_of(entry_);
  is_whole_ = allowance_.spend(kHeader + head.name.size() + head.link.size());
  if (!is_whole_) return std::nullopt;
  return head;
}

std::size_t Members::read(std::span<char> to) {
  if (!is_whole_) return 0;
  const la_ssize_t got = archive_read_data(archive_.get(), to.data(), to.size());
  rethrow();
  is_whole_ = got >= 0 && allowance_.spend(static_cast<std::uint64_t>(got));
  return is_whole_ ? static_cast<std::size_t>(got) : 0;
}

}  // namespace devbox::image
