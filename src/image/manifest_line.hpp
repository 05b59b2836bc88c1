// One entry as a line of a manifest (image/manifest.hpp has the form), written and read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/manifest.hpp"

namespace devbox::image {

// Each appends: a manifest has tens of thousands of lines, and is made three times for each import.
void append_escaped(std::string& out, std::string_view text);
void append_entry(std::string& out, std::string_view path, const Entry& entry, Ownership ownership);

// Of what append_escaped writes, and of more: whether it would write just this is not looked at.
// "." is nothing.
std::optional<std::string> unescaped(std::string_view text);

// A path that a tree can have, or std::nullopt.
std::optional<std::string> parse_path(std::string_view field);

struct EntryLine {
  Entry entry;  // with its owners; inode is 0
  std::string path;
  const char* mistake = nullptr;  // "has a field that is none"; nullptr where there is none
};

// The fields of one line, between single spaces; never "h".
EntryLine parse_entry(const std::vector<std::string>& fields);

}  // namespace devbox::image
