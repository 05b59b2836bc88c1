#include "image/tar_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kEnough = std::size_t{256} << 10U;  // to be given to the sink

// tar(5): where a field begins, and how long it is.
struct Field {
  std::size_t at;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUid{108, 8};
constexpr Field kGid{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kMtime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kType{156, 1};
constexpr Field kLink{157, 100};
constexpr Field kMagic{257, 8};
constexpr Field kMajor{329, 8};
constexpr Field kMinor{337, 8};

char type_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::directory:
      return '5';
    case EntryKind::file:
      return '0';
    case EntryKind::symlink:
      return '2';
    case EntryKind::fifo:
      return '6';
    case EntryKind::character:
      return '3';
    case EntryKind::block:
      return '4';
  }
  return '0';
}

// "MAJOR:MINOR", as a manifest has it.
std::pair<std::int64_t, std::int64_t> device_number(std::string_view text) {
  const std::size_t colon = text.find(':');
  std::pair<std::int64_t, std::int64_t> number{};
  std::from_chars(text.data(), text.data() + colon, number.first);
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), number.second);
  return number;
}

// What no field has room for stays that.
std::int64_t id_of(std::uint64_t id) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(id, kMost));
}

// "LENGTH KEY=VALUE\n", of LENGTH bytes with the length's own digits.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest;
  while (length != rest + fmt::formatted_size("{}", length))
    length = rest + fmt::formatted_size("{}", length);
  return fmt::format("{} {}={}\n", length, key, value);
}

// One block, which begins as zeros.
class Header {
 public:
  void text(Field field, std::string_view bytes) {
    const std::string_view fits = bytes.substr(0, field.size);
    block_.replace(field.at, fits.size(), fits);
  }

  // In octal with a NUL, or, where that has no room for it, as a big-endian number in two's
  // complement whose first bit is set. False where that has none either.
  bool number(Field field, std::int64_t value) {
    const auto octal = static_cast<unsigned>(3 * (field.size - 1));
    if (value >= 0 && value >> octal == 0) {
      text(field, fmt::format("{:0{}o}", value, field.size - 1));
      return true;
    }
    const auto bits = static_cast<unsigned>(8 * field.size - 2);
    if (bits < 63 && (value >> bits != 0 && value >> bits != -1)) return false;
    for (std::size_t i = field.size; i-- > 0; value >>= 8U)
      block_[field.at + i] = static_cast<char>(value & 0xff);
    block_[field.at] = static_cast<char>(static_cast<unsigned char>(block_[field.at]) | 0x80U);
    return true;
  }

  // With its checksum, which counts its own field as spaces.
  const std::string& finished() {
    text(kMagic, std::string_view("ustar  ", kMagic.size));
    text(kChecksum, std::string(kChecksum.size, ' '));
    unsigned sum = 0;
    for (const char c : block_) sum += static_cast<unsigned char>(c);
    text(kChecksum, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
    return block_;
  }

 private:
  std::string block_ = std::string(kBlock, '\0');
};

}  // namespace

TarWriter::TarWriter(Sink sink) : sink_(std::move(sink)) {}

void TarWriter::add(const std::string& path, const Entry& entry) {
  member(path, entry, type_of(entry.kind), entry.kind == EntryKind::symlink ? entry.text : "");
}

void TarWriter::add_hard_link(const std::string& path, const std::string& existing,
                              const Entry& entry) {
  member(path, entry, '1', existing);
}

void TarWriter::member(const std::string& path, const Entry& entry, char type,
                       const std::string& link) {
  std::string name = path.empty() ? "." : path;
  if (entry.kind == EntryKind::directory) name += '/';
  pad();
  if (type != '1' && !entry.xattrs.empty()) extended_header(entry.xattrs);
  if (link.size() >= kLink.size) long_text('K', link);
  if (name.size() >= kName.size) long_text('L', name);
  Header header;
  header.text(kName, name);
  header.text(kLink, link);
  header.text(kType, {&type, 1});
  const auto size = type == '0' ? static_cast<std::int64_t>(entry.size) : 0;
  const auto device =
      is_device(entry.kind) ? device_number(entry.text) : std::pair<std::int64_t, std::int64_t>{};
  const bool fits = header.number(kMode, entry.mode) && header.number(kUid, id_of(entry.uid)) &&
                    header.number(kGid, id_of(entry.gid)) && header.number(kSize, size) &&
                    header.number(kMtime, entry.mtime) &&
                    (!is_device(entry.kind) ||
                     (header.number(kMajor, device.first) && header.number(kMinor, device.second)));
  if (!fits) {
    throw Error(fmt::format("{}: an archive has no room for its owner or its device number",
                            printable(path)));
  }
  put(header.finished());
}

// Of the next member.
void TarWriter::extended_header(const Xattrs& xattrs) {
  std::string records;
  for (const auto& [name, value] : xattrs) records += pax_record("SCHILY.xattr." + name, value);
  Header header;
  header.text(kName, "././@PaxHeader");
  header.text(kType, "x");
  for (const Field field : {kMode, kUid, kGid, kMtime}) header.number(field, 0);
  header.number(kSize, static_cast<std::int64_t>(records.size()));
  put(header.finished());
  put(records);
  pad();
}

// The name or the link of the next member, as a member of its own.
void TarWriter::long_text(char type, const std::string& text) {
  Header header;
  header.text(kName, "././@LongLink");
  header.text(kType, {&type, 1});
  for (const Field field : {kMode, kUid, kGid, kMtime}) header.number(field, 0);
  header.number(kSize, static_cast<std::int64_t>(text.size() + 1));
  put(header.finished());
  put(text);
  put(std::string_view("\0", 1));
  pad();
}

void TarWriter::bytes(std::string_view bytes) { put(bytes); }

void TarWriter::finish() {
  pad();
  put(std::string(2 * kBlock, '\0'));
  flush();
}

void TarWriter::put(std::string_view bytes) {
  written_ += bytes.size();
  waiting_ += bytes;
  if (waiting_.size() >= kEnough) flush();
}

void TarWriter::pad() { put(std::string((kBlock - written_ % kBlock) % kBlock, '\0')); }

void TarWriter::flush() {
  sink_(waiting_);
  waiting_.clear();
}

}  // namespace devbox::image
