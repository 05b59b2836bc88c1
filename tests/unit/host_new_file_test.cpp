#include "host/new_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <string>

#include "host/probe.hpp"
#include "host_temporary.hpp"

namespace devbox::host {
namespace {

using test::error_of;
using test::TemporaryDirectory;
using Names = std::set<std::string>;

Names names_in(const std::string& directory) {
  Names names;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    names.insert(entry.path().filename().string());
  return names;
}

Fd opened(const std::string& directory) {
  return Fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

TEST_CASE("a new file is seen under its name once it is renamed, and not before") {
  const TemporaryDirectory here;
  const Fd directory = opened(here.path());
  {
    NewFile file(directory.get(), here.path(), 0600);
    file.write("one");
    file.write(" two");
    CHECK_FALSE(names_in(here.path()).contains("name"));
    file.rename("name");
  }
  CHECK(names_in(here.path()) == Names{"name"});
  CHECK(read_file(here.at("name"), 100) == "one two");
  struct stat st {};
  REQUIRE(::stat(here.at("name").c_str(), &st) == 0);
  CHECK((st.st_mode & 0777) == 0600);
}

TEST_CASE("a new file that is not renamed is gone") {
  const TemporaryDirectory here;
  const Fd directory = opened(here.path());
  {
    NewFile file(directory.get(), here.path(), 0600);
    file.write("bytes");
    CHECK(names_in(here.path()).size() == 1);
  }
  CHECK(names_in(here.path()).empty());
}

TEST_CASE("two new files at once do not meet") {
  const TemporaryDirectory here;
  const Fd directory = opened(here.path());
  NewFile one(directory.get(), here.path(), 0600);
  NewFile two(directory.get(), here.path(), 0600);
  one.write("1");
  two.write("2");
  two.rename("two");
  one.rename("one");
  CHECK(read_file(here.at("one"), 100) == "1");
  CHECK(read_file(here.at("two"), 100) == "2");
}

TEST_CASE("where a new file cannot be renamed the error names both, and nothing is left of it") {
  const TemporaryDirectory here;
  here.directory("name/full");
  const Fd directory = opened(here.path());
  {
    NewFile file(directory.get(), here.path(), 0600);
    CHECK(error_of([&] { file.rename("name"); }).message() ==
          "cannot write " + here.at("name") + ": Is a directory");
  }
  CHECK(names_in(here.path()) == Names{"name"});
}

TEST_CASE("directories are made with their parents, for their owner alone") {
  const TemporaryDirectory here;
  make_directories(here.at("a/b/c"));
  make_directories(here.at("a/b/c"));
  for (const char* made : {"a", "a/b", "a/b/c"}) {
    struct stat st {};
    REQUIRE(::stat(here.at(made).c_str(), &st) == 0);
    CHECK((st.st_mode & 0777) == 0700);
  }
}

TEST_CASE("a directory that cannot be made is named") {
  const TemporaryDirectory here;
  here.file("file");
  CHECK(error_of([&] { make_directories(here.at("file/a/b")); }).message() ==
        "cannot make the directory " + here.at("file/a/b") + ": Not a directory");
}

}  // namespace
}  // namespace devbox::host
