#include "store/remove_tree.hpp"

#include <doctest/doctest.h>

#include <string>

#include "host_temporary.hpp"

namespace devbox::store {
namespace {

using test::TemporaryDirectory;

std::ptrdiff_t names_in(const std::string& directory) {
  const std::filesystem::directory_iterator all(directory);
  return std::distance(begin(all), end(all));
}

void remove_in(const TemporaryDirectory& here, const std::string& name) {
  const Fd fd(::open(here.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(fd);
  remove_tree(fd.get(), name);
}

TEST_CASE("a tree goes with all that is in it, whatever the modes") {
  const TemporaryDirectory here;
  here.file("tree/a/b/f", "x", 0);
  here.fifo("tree/a/p");
  here.directory("tree/a/b", 0);
  here.directory("tree/empty", 0);
  here.directory("tree/a", 0500);
  here.directory("tree", 0);
  remove_in(here, "tree");
  CHECK(names_in(here.path()) == 0);
}

TEST_CASE("no link is followed, and what it leads to keeps its mode") {
  const TemporaryDirectory here;
  here.file("other/f", "x");
  here.directory("other", 0711);
  here.link("tree/l", here.at("other"));
  here.link("tree/d/up", "../../other");
  here.link("link", "other");
  remove_in(here, "tree");
  remove_in(here, "link");
  CHECK(names_in(here.path()) == 1);
  CHECK(names_in(here.at("other")) == 1);
  CHECK((std::filesystem::status(here.at("other")).permissions() &
         std::filesystem::perms::others_all) == std::filesystem::perms::others_exec);
}

TEST_CASE("a file goes, and what is not there is no error") {
  const TemporaryDirectory here;
  here.file("f", "x", 0);
  remove_in(here, "f");
  remove_in(here, "none");
  CHECK(names_in(here.path()) == 0);
}

TEST_CASE("a tree of five thousand directories in each other goes") {
  const TemporaryDirectory here;
  Fd at(::open(here.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const char* name = "tree";
  for (int i = 0; i < 5000; ++i, name = "d") {
    REQUIRE(::mkdirat(at.get(), name, 0700) == 0);
    at.reset(::openat(at.get(), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(at);
  }
  remove_in(here, "tree");
  CHECK(names_in(here.path()) == 0);
}

TEST_CASE("what a removal that was killed had moved up does not stop the next") {
  const TemporaryDirectory here;
  here.file("tree.1/f", "of the one that was killed");
  here.file("tree/d/f", "x");
  remove_in(here, "tree");
  CHECK_FALSE(std::filesystem::exists(here.at("tree")));
  CHECK(std::filesystem::exists(here.at("tree.1/f")));  // has its own turn
}

}  // namespace
}  // namespace devbox::store
