// Bytes, compressed by libarchive's own filters.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>

#include <string>

namespace devbox::test {

// `filter` is archive_write_add_filter_gzip or one of its kin.
inline std::string compressed(const std::string& bytes, int (*filter)(struct archive*)) {
  struct archive* a = archive_write_new();
  REQUIRE(archive_write_set_format_raw(a) == ARCHIVE_OK);
  REQUIRE(filter(a) == ARCHIVE_OK);
  std::string out(bytes.size() + 65536, '\0');
  std::size_t used = 0;
  REQUIRE(archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK);  // no padding
  REQUIRE(archive_write_open_memory(a, out.data(), out.size(), &used) == ARCHIVE_OK);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  REQUIRE(archive_write_header(a, entry) == ARCHIVE_OK);
  REQUIRE(archive_write_data(a, bytes.data(), bytes.size()) ==
          static_cast<la_ssize_t>(bytes.size()));
  archive_entry_free(entry);
  REQUIRE(archive_write_free(a) == ARCHIVE_OK);
  out.resize(used);
  return out;
}

}  // namespace devbox::test
