// The rules, applied to the source tree.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "rules.hpp"

namespace devbox::architecture {
namespace {

namespace fs = std::filesystem;

const fs::path kTree = DEVBOX_SOURCE_DIR;

File read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  REQUIRE_MESSAGE(stream.good(), path.string());
  return {path.lexically_relative(kTree).string(),
          {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()}};
}

const std::vector<File>& sources() {
  static const std::vector<File> files = [] {
    std::vector<File> found;
    for (const auto& entry : fs::recursive_directory_iterator(kTree / "src"))
      if (entry.is_regular_file()) found.push_back(read(entry.path()));
    std::sort(found.begin(), found.end(),
              [](const File& a, const File& b) { return a.path < b.path; });
    return found;
  }();
  return files;
}

void check_none(const Lines& violations) {
  for (const std::string& violation : violations) FAIL_CHECK(violation);
}

TEST_CASE("every folder of the table is in the tree, with a file") {
  for (const auto& [folder, targets] : arrows()) {
    const std::string start = folder == "main" ? "src/main.cpp" : "src/" + folder + "/";
    CAPTURE(start);
    CHECK(std::any_of(sources().begin(), sources().end(),
                      [&](const File& file) { return file.path.starts_with(start); }));
  }
}

TEST_CASE("every #include follows an arrow of the table and stays in its folder") {
  check_none(include_violations(sources(), arrows()));
}

TEST_CASE("the table has no cycle") { check_none(cycles(arrows())); }

TEST_CASE("CMake links what the table says and nothing else") {
  std::vector<File> files = {read(kTree / "CMakeLists.txt")};
  for (const File& file : sources())
    if (fs::path(file.path).filename() == "CMakeLists.txt") files.push_back(file);
  check_none(link_violations(files, arrows()));
}

TEST_CASE("no source file has more than 400 lines") {
  check_none(length_violations(sources(), 400));
}

}  // namespace
}  // namespace devbox::architecture
