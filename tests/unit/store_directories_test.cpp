#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "host_temporary.hpp"
#include "store/directories.hpp"

namespace devbox::store {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat st {};
  REQUIRE(::lstat(path.c_str(), &st) == 0);
  return st.st_mode;
}

std::string mistake_of(const test::TemporaryDirectory& store) {
  try {
    make_directories_of(store.at("trees/x/directories"));
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("a pinned tree has a layer of its directories beside it, any other has none") {
  const std::string pinned = "/data/trees/" + std::string(64, 'a');
  CHECK(directories_of(pinned + "/root", "/data") == pinned + "/directories");
  CHECK(directories_of("/trees/debian", "/data").empty());
  CHECK(directories_of("/data/trees/short/root", "/data").empty());
  CHECK(directories_of(pinned + "/root", "/other").empty());
  // Its own directories have their modes.
  CHECK(directories_of("/data/owned/trees/" + std::string(64, 'a') + "/root", "/data").empty());
}

TEST_CASE("the layer has every directory of the manifest, with its own mode, and nothing else") {
  const test::TemporaryDirectory store;
  store.file("trees/x/manifest",
             "devbox-manifest 1\nd 0755 0 0 5 .\nd 1777 0 0 5 a\nd 2750 - - 5 a/b\\x20\\x5c\n"
             "f 0644 0 0 5 3 00 a/file\nl 0777 0 0 5 a link\nd 0000 0 0 5 closed\n"
             "d 0700 0 0 5 closed/in\n");
  make_directories_of(store.at("trees/x/directories"));
  CHECK(mode_of(store.at("trees/x/directories")) == (S_IFDIR | 0755U));
  CHECK(mode_of(store.at("trees/x/directories/a")) == (S_IFDIR | 01777U));
  CHECK(mode_of(store.at("trees/x/directories/a/b \\")) == (S_IFDIR | 02750U));
  CHECK(mode_of(store.at("trees/x/directories/closed")) == S_IFDIR);
  CHECK_FALSE(std::filesystem::exists(store.at("trees/x/directories/a/file")));
  CHECK_FALSE(std::filesystem::exists(store.at("trees/x/directories/link")));
  ::chmod(store.at("trees/x/directories/closed").c_str(), 0700);
  CHECK(mode_of(store.at("trees/x/directories/closed/in")) == (S_IFDIR | 0700U));
}

TEST_CASE("a layer that is there stays, and what a kill has left of another is removed") {
  const test::TemporaryDirectory store;
  store.file("trees/x/manifest", "devbox-manifest 1\nd 0755 0 0 5 .\n");
  store.directory("trees/x/directories.new/half");
  make_directories_of(store.at("trees/x/directories"));
  CHECK_FALSE(std::filesystem::exists(store.at("trees/x/directories.new")));
  CHECK(std::filesystem::is_empty(store.at("trees/x/directories")));
  store.file("trees/x/manifest", "d 0755 0 0 5 .\nd 0755 0 0 5 more\n");
  make_directories_of(store.at("trees/x/directories"));
  CHECK(std::filesystem::is_empty(store.at("trees/x/directories")));
}

TEST_CASE("a damaged manifest makes no layer, and nothing outside of it") {
  for (const char* line :
       {"d 0755 0 0 5 ../out", "d 0755 0 0 5 a/../../../out", "d 0755 0 0 5 /out", "d 0999 0 0 5 a",
        "d 77777 0 0 5 a", "d 0755 0 0", "d 0755 0 0 5 a b", "d 0755 0 0 5 \\x2e\\x2e/out"}) {
    const test::TemporaryDirectory store;
    store.file("trees/x/manifest", std::string("d 0755 0 0 5 .\n") + line + "\n");
    CHECK(mistake_of(store).find("is damaged at " + std::string("d ")) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(store.at("trees/x/directories")));
    CHECK_FALSE(std::filesystem::exists(store.at("trees/x/directories.new")));
    CHECK_FALSE(std::filesystem::exists(store.at("trees/out")));
    CHECK_FALSE(std::filesystem::exists(store.at("trees/x/out")));
  }
}

}  // namespace devbox::store
