// The rules about folders, over text alone, so that each of them can be shown to fail.
//
// Every function returns one line for each violation; none means that the rule holds.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace devbox::architecture {

struct File {
  std::string path;  // from the source tree: "src/host/probe.cpp"
  std::string text;
};

using Lines = std::vector<std::string>;

// A folder of src/ to the folders that it may include. "main" is src/main.cpp.
using Arrows = std::map<std::string, std::set<std::string>>;

// The table: the one place that says which arrows there are.
const Arrows& arrows();

// A folder that can be reached from itself.
Lines cycles(const Arrows& table);

// In C++ files below src/: an arrow that is not in `table`, a folder that it lacks, an include not
// written from src/, a system header in a pure folder, a third-party header outside its folder.
Lines include_violations(const std::vector<File>& files, const Arrows& table);

// In CMakeLists.txt files: target_link_libraries of devbox_<folder> (of the program devbox for
// "main") that is not what `table` says.
Lines link_violations(const std::vector<File>& files, const Arrows& table);

Lines length_violations(const std::vector<File>& files, std::size_t most_lines);

}  // namespace devbox::architecture
