#include "build/snapshot.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "host_temporary.hpp"

namespace devbox::build {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::error_of;

class Project {
 public:
  Project() { here.directory("p"); }
  void copy(const std::vector<std::string>& files, std::int64_t epoch = 1000) const {
    const Snapshot snapshot(here.at("s"), here.at("p"), files, epoch, [] { FAIL("it waits"); });
    CHECK(snapshot.tree() == here.at("s/tree"));
  }
  // "MODE TIME", and of a file its text.
  std::string at(const std::string& name) const {
    struct stat st {};
    if (::lstat(here.at("s/tree/" + name).c_str(), &st) < 0) return "none";
    std::string text = std::to_string(st.st_mtim.tv_sec);
    if (S_ISLNK(st.st_mode))
      return text + " -> " + fs::read_symlink(here.at("s/tree/" + name)).string();
    if (S_ISDIR(st.st_mode)) return text + " directory";
    std::ifstream file(here.at("s/tree/" + name));
    text += (st.st_mode & 07777) == 0755 ? " 755 " : (st.st_mode & 07777) == 0644 ? " 644 " : " ? ";
    return text + std::string(std::istreambuf_iterator<char>(file), {});
  }

  test::TemporaryDirectory here;
};

TEST_CASE("a copy has what it is told to, with modes of git and one time") {
  const Project p;
  p.here.file("p/a/b", "1", 0600);
  p.here.file("p/run", "2", 0700);
  p.here.file("p/other", "3");
  p.here.link("p/link", "a/b");
  p.copy({"a/b", "link", "run"});
  CHECK(p.at("a/b") == "1000 644 1");
  CHECK(p.at("run") == "1000 755 2");
  CHECK(p.at("link") == "1000 -> a/b");
  CHECK(p.at("a") == "1000 directory");
  CHECK(p.at(".") == "1000 directory");
  CHECK(p.at("other") == "none");
}

TEST_CASE("each kind of change reaches the copy") {
  const Project p;
  p.here.file("p/a", "1");
  p.here.file("p/d/f", "1");
  p.here.file("p/gone", "1");
  p.copy({"a", "d/f", "gone"});
  SUBCASE("of content, in as many bytes") {
    p.here.file("p/a", "2");
    p.copy({"a", "d/f"});
    CHECK(p.at("a") == "1000 644 2");
    CHECK(p.at("gone") == "none");
    CHECK(p.at("d/f") == "1000 644 1");
  }
  SUBCASE("of the mode alone") {
    REQUIRE(::chmod(p.here.at("p/a").c_str(), 0755) == 0);
    p.copy({"a", "d/f", "gone"});
    CHECK(p.at("a") == "1000 755 1");
  }
  SUBCASE("a file becomes a directory, and a directory a file") {
    fs::remove(p.here.at("p/a"));
    fs::remove_all(p.here.at("p/d"));
    p.here.file("p/a/x", "3");
    p.here.file("p/d", "4");
    p.copy({"a/x", "d"});
    CHECK(p.at("a/x") == "1000 644 3");
    CHECK(p.at("d") == "1000 644 4");
  }
  SUBCASE("a directory becomes a link that leads to another") {
    p.here.file("p/e/f", "5");
    fs::remove_all(p.here.at("p/d"));
    p.here.link("p/d", "e");
    p.copy({"a", "d", "e/f"});
    CHECK(p.at("d") == "1000 -> e");
    CHECK(p.at("e/f") == "1000 644 5");
  }
  SUBCASE("of the time alone") {
    p.copy({"a", "d/f", "gone"}, 2000);
    CHECK(p.at("a") == "2000 644 1");
    CHECK(p.at("d") == "2000 directory");
  }
  SUBCASE("of nothing") {
    // What has just been changed may change again within the same tick, and is copied once more.
    std::this_thread::sleep_for(std::chrono::milliseconds(2100));
    p.copy({"a", "d/f", "gone"});
    struct stat before {
    }, after{};
    REQUIRE(::stat(p.here.at("s/tree/a").c_str(), &before) == 0);
    p.copy({"a", "d/f", "gone"});
    REQUIRE(::stat(p.here.at("s/tree/a").c_str(), &after) == 0);
    CHECK(before.st_ino == after.st_ino);
  }
}

TEST_CASE("a copy whose index is lost or garbled is made anew") {
  const Project p;
  p.here.file("p/a", "1");
  p.copy({"a"});
  p.here.file("s/tree/stranger", "x");
  p.here.file("s/index", "no numbers");
  p.copy({"a"});
  CHECK(p.at("stranger") == "none");
  CHECK(p.at("a") == "1000 644 1");
}

TEST_CASE("names may be anything, and a FIFO is no source") {
  const Project p;
  p.here.file("p/-a\nb \xff", "1");
  p.copy({"-a\nb \xff"});
  CHECK(p.at("-a\nb \xff") == "1000 644 1");
  p.copy({"-a\nb \xff"});
  p.here.fifo("p/fifo");
  CHECK(contains(error_of([&] { p.copy({"fifo"}); }).message(), "p/fifo is a FIFO, which no"));
}

}  // namespace
}  // namespace devbox::build
