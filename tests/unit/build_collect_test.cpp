// The upper directory of an overlay is made by hand, as overlayfs.rst describes it.
#include "build/collect.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "host_temporary.hpp"

namespace devbox::build {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::error_of;

class Overlay {
 public:
  Overlay() {
    for (const char* name : {"upper", "lower", "result"}) here.directory(name);
  }
  void take(const std::vector<std::string>& outputs) const {
    collect(here.at("upper"), here.at("lower"), outputs, here.at("result"));
  }
  std::string error(const std::vector<std::string>& outputs) const {
    return error_of([&] { take(outputs); }).message();
  }
  // Allowed to everybody since Linux 5.8.
  void whiteout(const std::string& name) const {
    REQUIRE(::mknod(here.at("upper/" + name).c_str(), S_IFCHR | 0600, makedev(0, 0)) == 0);
  }
  std::string text(const std::string& name) const {
    std::ifstream file(here.at("result/" + name));
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  std::set<std::string> names() const {
    std::set<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(here.at("result")))
      all.insert(entry.path().lexically_relative(here.at("result")).string());
    return all;
  }

  test::TemporaryDirectory here;
};

TEST_CASE("what was written and what lay below are one, as the box saw it") {
  const Overlay o;
  o.here.file("lower/d/kept", "1");
  o.here.file("lower/d/changed", "1");
  o.here.file("lower/d/removed", "1");
  o.here.file("lower/other", "1");
  o.here.file("upper/d/changed", "2", 0600);
  o.here.file("upper/d/new", "2", 04711);
  o.here.link("upper/d/link", "kept");
  o.here.file("upper/beside", "2");
  o.whiteout("d/removed");
  o.take({"d"});
  CHECK(o.names() == std::set<std::string>{"d", "d/changed", "d/kept", "d/link", "d/new"});
  CHECK(o.text("d/changed") == "2");
  CHECK(o.text("d/kept") == "1");
  struct stat st {};
  REQUIRE(::stat(o.here.at("result/d/new").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0755);
  REQUIRE(::stat(o.here.at("result/d/changed").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0644);
  CHECK(fs::exists(o.here.at("lower/d/kept")));
}

TEST_CASE("a directory that was made anew shows nothing of the one below") {
  const Overlay o;
  o.here.file("lower/d/old", "1");
  o.here.file("upper/d/new", "2");
  if (::setxattr(o.here.at("upper/d").c_str(), "user.overlay.opaque", "y", 1, 0) < 0) {
    MESSAGE("no extended attributes in /tmp: " << errno);
    return;
  }
  o.take({"d"});
  CHECK(o.names() == std::set<std::string>{"d", "d/new"});
}

TEST_CASE("an output that only lies below is copied, and stays there") {
  const Overlay o;
  o.here.file("lower/a/o", "1");
  o.take({"a/o"});
  CHECK(o.text("a/o") == "1");
  CHECK(fs::exists(o.here.at("lower/a/o")));
}

TEST_CASE("an output that is missing, was removed, or is reached through a link is refused") {
  const Overlay o;
  o.here.file("lower/gone", "1");
  o.whiteout("gone");
  o.here.link("upper/link", "d");
  o.here.file("upper/d/o", "1");
  o.here.file("upper/file", "1");
  CHECK(o.error({"none"}) == "the build has made no none, which is among its `outputs`");
  CHECK(contains(o.error({"gone"}), "the build has made no gone"));
  CHECK(contains(o.error({"link/o"}), "is reached through link, which is a symbolic link"));
  CHECK(contains(o.error({"file/o"}), "is reached through file, which is a regular file"));
  CHECK(contains(o.error({"x/y/z"}), "the build has made no x/y/z"));
}

TEST_CASE("a link stays in the project, wherever in it it leads") {
  const Overlay o;
  o.here.link("upper/a/up", "../b");
  o.here.link("upper/a/out", "../../b");
  o.here.link("upper/a/absolute", "/etc/passwd");
  o.take({"a/up"});
  CHECK(fs::is_symlink(o.here.at("result/a/up")));
  CHECK(contains(o.error({"a/out"}), "is a link to ../../b, outside of the project"));
  CHECK(contains(o.error({"a/absolute"}), "is a link to /etc/passwd, outside of the project"));
}

TEST_CASE("a FIFO is no output") {
  const Overlay o;
  o.here.fifo("upper/d/fifo");
  CHECK(contains(o.error({"d"}), "d/fifo is a FIFO"));
}

}  // namespace
}  // namespace devbox::build
