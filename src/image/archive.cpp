#include "image/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "image/limits.hpp"
#include "image/xattr.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

EntryKind kind_of(const archive_entry* entry, const std::string& name) {
  switch (archive_entry_filetype(const_cast<archive_entry*>(entry))) {
    case AE_IFDIR:
      return EntryKind::directory;
    case AE_IFREG:
      return EntryKind::file;
    case AE_IFLNK:
      return EntryKind::symlink;
    case AE_IFIFO:
      return EntryKind::fifo;
    case AE_IFCHR:
      return EntryKind::character;
    case AE_IFBLK:
      return EntryKind::block;
    default:
      throw Error(fmt::format("the archive's member {} is of a kind that tar does not have",
                              printable(name)));
  }
}

std::uint64_t unsigned_or_throw(std::int64_t number, const std::string& name,
                                std::string_view what) {
  if (number < 0) {
    throw Error(fmt::format("the archive's member {} has a negative {}", printable(name), what),
                "the archive is damaged; get it again");
  }
  return static_cast<std::uint64_t>(number);
}

}  // namespace

void Archive::Close::operator()(archive* a) const noexcept { archive_read_free(a); }

// Nothing is thrown through libarchive, which is C.
ssize_t Archive::read_bytes(archive* a, void* self, const void** bytes) noexcept {
  auto* that = static_cast<Archive*>(self);
  try {
    const std::string_view got = that->bytes_.read();
    *bytes = got.data();
    return static_cast<ssize_t>(got.size());
  } catch (...) {
    that->failed_ = std::current_exception();
    archive_set_error(a, EIO, "the archive cannot be read");
    return ARCHIVE_FATAL;
  }
}

Archive::Archive(ByteSource& bytes) : bytes_(bytes), archive_(archive_read_new()) {
  if (!archive_) throw Error("cannot read an archive: out of memory");
  archive* a = archive_.get();
  archive_read_support_filter_xz(a);
  archive_read_support_filter_bzip2(a);
  // To be told from what is no archive, in xz and bzip2.
  archive_read_support_filter_gzip(a);
  archive_read_support_filter_zstd(a);
  archive_read_support_format_tar(a);
  // In the locale "C", in which a program starts, libarchive gives the names in pax headers byte by
  // byte; in one of UTF-8 it composes them (NFC), and they would not be the archive's any more.
  if (archive_read_open(a, this, nullptr, read_bytes, nullptr) != ARCHIVE_OK) fail("open");
}

void Archive::fail(std::string_view doing) {
  if (failed_) std::rethrow_exception(failed_);
  const std::string said = text_or_empty(archive_error_string(archive_.get()));
  throw Error(fmt::format("cannot {} the archive{}: {}", doing,
                          members_ == 0 ? "" : fmt::format(", after {} members", members_),
                          said.empty() ? "it is damaged" : printable(said)),
              members_ == 0 ? "a tar archive is wanted, plain or compressed by gzip, xz, zstd or "
                              "bzip2"
                            : "the archive is damaged or not complete; get it again");
}

// A few KiB become exbibytes where compressed bytes may be compressed again, and hours where they
// are names without end; libarchive itself ends neither.
void Archive::require_bounds() const {
  constexpr std::int64_t kMostRead = std::int64_t{256} << 30U;
  if (archive_filter_count(archive_.get()) > 2)  // one, and the reading of bytes_
    throw Error("the archive is compressed more than once", "uncompress it, and import that");
  if (archive_filter_bytes(archive_.get(), 0) > kMostRead) {
    throw Error(fmt::format("the archive is more than {} GiB long", kMostRead >> 30U),
                "such an archive is made to do harm; nothing of it is kept");
  }
}

std::optional<Member> Archive::next() {
  const int result = archive_read_next_header(archive_.get(), &entry_);
  if (result == ARCHIVE_EOF) return std::nullopt;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) fail("read");
  require_bounds();
  ++members_;
  Member member;
  member.name = text_or_empty(archive_entry_pathname(entry_));
  if (const char* existing = archive_entry_hardlink(entry_)) member.hard_link = existing;
  Entry& entry = member.entry;
  if (!member.hard_link) entry.kind = kind_of(entry_, member.name);
  entry.mode = archive_entry_mode(entry_) & 07777U;
  entry.uid = unsigned_or_throw(archive_entry_uid(entry_), member.name, "owner");
  entry.gid = unsigned_or_throw(archive_entry_gid(entry_), member.name, "group");
  entry.mtime = archive_entry_mtime(entry_);
  if (entry.kind == EntryKind::file)
    entry.size = unsigned_or_throw(archive_entry_size(entry_), member.name, "size");
  if (entry.kind == EntryKind::symlink) {
    entry.text = text_or_empty(archive_entry_symlink(entry_));
    if (entry.text.empty()) {
      throw Error(
          fmt::format("the archive's member {} is a link to nothing", printable(member.name)),
          "the archive is damaged; get it again");
    }
    entry.mode = 0777;  // what every link has, whatever the archive says
  }
  if (entry.kind == EntryKind::character || entry.kind == EntryKind::block)
    entry.text =
        fmt::format("{}:{}", archive_entry_rdevmajor(entry_), archive_entry_rdevminor(entry_));
  if (!member.hard_link) entry.xattrs = read_xattrs(member);
  return member;
}

// By whatever of SCHILY.xattr.* and LIBARCHIVE.xattr.* the archive says them, often by both. The
// last of those that have one name counts.
Xattrs Archive::read_xattrs(const Member& member) {
  Xattrs xattrs;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  archive_entry_xattr_reset(entry_);  // which begins with the last
  while (archive_entry_xattr_next(entry_, &name, &value, &size) == ARCHIVE_OK) {
    if (!is_recorded(member.entry.kind, name)) {
      ++xattrs_left_out_;
      continue;
    }
    xattr_bytes_ += std::string_view(name).size() + size;
    if (size > kMostXattrValue || xattrs.size() == kMostXattrs || xattr_bytes_ > kMostXattrBytes) {
      throw Error(fmt::format("the archive's member {} has more in extended attributes than there "
                              "can be",
                              printable(member.name)),
                  kNotOurs);
    }
    const auto has_name = [&](const Xattr& xattr) { return xattr.name == name; };
    if (std::none_of(xattrs.begin(), xattrs.end(), has_name))
      xattrs.push_back({name, {static_cast<const char*>(value), size}});
  }
  std::sort(xattrs.begin(), xattrs.end());
  return xattrs;
}

void Archive::finish() {
  while (!bytes_.read().empty()) {
  }
}

std::optional<Block> Archive::read() {
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int result = archive_read_data_block(archive_.get(), &bytes, &size, &offset);
  if (result == ARCHIVE_EOF) return std::nullopt;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) fail("read");
  require_bounds();
  return Block{{static_cast<const char*>(bytes), size}, static_cast<std::uint64_t>(offset)};
}

}  // namespace devbox::image
