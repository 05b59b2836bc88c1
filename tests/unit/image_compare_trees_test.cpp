#include "image/compare_trees.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "host_temporary.hpp"

namespace devbox::image {
namespace {

// Two directories, and what is said of them: "a: mode 0644 0755".
class Two {
 public:
  const test::TemporaryDirectory a, b;

  std::vector<std::string> differences() {
    const Fd first(::open(a.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const Fd second(::open(b.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    std::vector<std::string> said;
    compared = compare_trees(first.get(), second.get(), [&](const PathDifference& difference) {
      std::string line = fmt::format("{}: {}", difference.path, word_of(difference.aspect));
      if (difference.aspect == Aspect::content) {
        line += fmt::format(" {} of {}/{}", difference.offset, difference.sizes[0],
                            difference.sizes[1]);
      } else {
        line += fmt::format(" {} {}", difference.first, difference.second);
      }
      said.push_back(line);
    });
    CHECK(compared.same == said.empty());
    return said;
  }

  Compared compared;
};

using Lines = std::vector<std::string>;

TEST_CASE("two trees that are the same are, whenever they were written") {
  Two two;
  for (const test::TemporaryDirectory* here : {&two.a, &two.b}) {
    here->file("d/e/f", "content");
    here->file("g", "more");
    here->link("l", "nowhere");
    here->fifo("p");
  }
  const struct timespec times[] = {{1, 0}, {1, 0}};
  REQUIRE(::utimensat(AT_FDCWD, two.b.at("g").c_str(), times, 0) == 0);
  CHECK(two.differences().empty());
  CHECK(two.compared.files == 2);
  CHECK(two.compared.bytes == 11);
}

TEST_CASE("each kind of difference is told, in the order of the names") {
  Two two;
  two.a.file("a/content", "one");
  two.b.file("a/content", "two, longer");
  two.a.file("a-both", "1");
  two.b.file("a-both", "2", 0755);
  two.a.file("b-mode", "same", 0644);
  two.b.file("b-mode", "same", 0600);
  two.a.directory("c-directory", 0755);
  two.b.directory("c-directory", 0700);
  two.a.directory("d-kind");
  two.b.link("d-kind", "a");
  two.a.link("e-link", "x");
  two.b.link("e-link", "y");
  two.a.file("f-first/below");
  two.b.fifo("g-second");
  CHECK(two.differences() == Lines{"a/content: content 0 of 3/11", "a-both: mode 0644 0755",
                                   "a-both: content 0 of 1/1", "b-mode: mode 0644 0600",
                                   "c-directory: mode 0755 0700", "d-kind: kind directory link",
                                   "e-link: link x y", "f-first: only_in_first directory ",
                                   "g-second: only_in_second  fifo"});
}

TEST_CASE("names that are one file are compared as files, and bytes of names do not matter") {
  Two two;
  two.a.file("x", "same");
  REQUIRE(::link(two.a.at("x").c_str(), two.a.at("y").c_str()) == 0);
  two.b.file("x", "same");
  two.b.file("y", "same");
  two.a.file("\xff\n", "1");
  two.b.file("\xff\n", "2");
  CHECK(two.differences() == Lines{"\xff\n: content 0 of 1/1"});
}

TEST_CASE("a link is not followed, wherever it leads") {
  Two two;
  const test::TemporaryDirectory outside;
  two.a.link("d", outside.path());
  two.b.link("d", outside.path());
  outside.fifo("never read");
  CHECK(two.differences().empty());
  CHECK(two.compared.files == 0);
}

TEST_CASE("directories in directories, hundreds of them, are compared") {
  Two two;
  std::string path = "d";
  for (int i = 0; i < 400; ++i) path += "/d";
  two.a.file(path + "/f", "1");
  two.b.file(path + "/f", "2");
  CHECK(two.differences() == Lines{path + "/f: content 0 of 1/1"});
}

TEST_CASE("what cannot be read is an error, not a difference") {
  if (test::is_root()) return;
  Two two;
  two.a.file("secret", "1", 0000);
  two.b.file("secret", "1", 0000);
  CHECK(test::error_of([&] { two.differences(); }).message() ==
        "cannot open secret: Permission denied");
}

}  // namespace
}  // namespace devbox::image
