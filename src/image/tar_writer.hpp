// A tar archive that is the same to the last byte whenever it is made of the same entries: the GNU
// format (tar(5), "GNU Tar Archives"), which has room for every name, owner and time. libarchive's
// writer of it makes another time of one before 1970 or after 2242, and knows no minor number above
// 262143. Extended attributes, which that format has no room for, come before their member in a
// header of pax's (pax(1), "pax Extended Header"), as SCHILY.xattr.NAME; every tar of today reads
// it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "image/manifest.hpp"

namespace devbox::image {

class TarWriter {
 public:
  using Sink = std::function<void(std::string_view)>;

  explicit TarWriter(Sink sink);

  // `path` is relative; "" is the tree itself. A file is followed by exactly Entry::size bytes. All
  // throw what the sink throws, and Error where an entry has a number that no archive holds.
  void add(const std::string& path, const Entry& entry);
  void add_hard_link(const std::string& path, const std::string& existing, const Entry& entry);
  void bytes(std::string_view bytes);
  void finish();

 private:
  void member(const std::string& path, const Entry& entry, char type, const std::string& link);
  void extended_header(const Xattrs& xattrs);
  void long_text(char type, const std::string& text);
  void put(std::string_view bytes);
  void pad();
  void flush();

  Sink sink_;
  std::string waiting_;
  std::uint64_t written_ = 0;
};

}  // namespace devbox::image
