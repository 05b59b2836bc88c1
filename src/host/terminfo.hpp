// Where terminfo(5) keeps a compiled entry below one of its directories.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace devbox::host {

// "x/xterm" and "78/xterm": file systems that know no case get the first character in hex
// (terminfo(5), "Fetching Compiled Descriptions"). Empty for a TERM that is no plain name: one with
// a `/` or a leading dot would lead to another directory.
std::vector<std::string> terminfo_names(std::string_view term);

}  // namespace devbox::host
