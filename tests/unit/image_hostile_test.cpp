// Archives that are made to do harm, or broken: an Error, and nothing outside of the tree.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "image/unpack.hpp"
#include "image_compressed.hpp"
#include "image_tar.hpp"
#include "image_unpacking.hpp"

namespace devbox::image {
namespace {

using test::compressed;
using test::contains;
using test::gnu_sparse;
using test::Tar;
using test::Unpacking;

struct Case {
  std::string why;
  std::string archive;
  const char* said;
};

void check_refused(const Unpacking& here, const Case& c) {
  CAPTURE(c.why);
  const auto begun = std::chrono::steady_clock::now();
  const Error error = test::error_of([&] { here.unpack(c.archive); });
  CHECK_MESSAGE(contains(error.message(), c.said), error.message());
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
  here.check_outside();
}

TEST_CASE("what would be outside of the tree, or below a link, is refused") {
  const Unpacking here;
  const std::string outside = here.outside();
  const Case cases[] = {
      {"it climbs", Tar().file("../outside/new", "x").ended(), "outside of the tree"},
      {"it climbs from a directory", Tar().directory("d").file("d/../../x").ended(),
       "outside of the tree"},
      {"a link, and a file below it", Tar().symlink("l", outside).file("l/new", "x").ended(),
       "lies below l, which it says is a link"},
      {"a link, and a directory below it", Tar().symlink("m", outside).directory("m/d").ended(),
       "lies below m"},
      {"a link to a link", Tar().symlink("n", "../outside").symlink("o", "n").file("o/x").ended(),
       "lies below o"},
      {"a link deeper", Tar().directory("p").symlink("p/l", "../..").file("p/l/x").ended(),
       "lies below p/l"},
      {"a file below a file", Tar().file("q").file("q/x").ended(), "is no directory"},
      {"a file below a device", Tar().device("r", '3', 1, 3).file("r/x").ended(),
       "is no directory"},
      {"a pax path that climbs", Tar().pax({{"path", "../outside/new"}}).file("ok").ended(),
       "outside of the tree"},
      {"a pax path below a link",
       Tar().symlink("s", outside).pax({{"path", "s/new"}}).file("ok").ended(), "lies below s"},
      {"a GNU long name that climbs",
       Tar().member({.name = "L", .type = 'L', .bytes = "../outside/new"}).file("ok").ended(),
       "outside of the tree"},
      {"a directory that climbs", Tar().directory("..").ended(), "outside of the tree"},
  };
  for (const Case& c : cases) check_refused(here, c);
}

TEST_CASE("hard links lead only to files of the archive") {
  const Unpacking here;
  const std::string secret = here.outside() + "/secret";
  const Case cases[] = {
      {"it climbs", Tar().hard_link("a", "../outside/secret").ended(), "outside of the tree"},
      {"an absolute name is one of the tree", Tar().hard_link("a", secret).ended(),
       "which is no file of it"},
      {"a pax linkpath that climbs",
       Tar().file("f").pax({{"linkpath", "../outside/secret"}}).hard_link("a", "f").ended(),
       "outside of the tree"},
      {"a GNU long link that climbs",
       Tar()
           .file("g")
           .member({.name = "K", .type = 'K', .bytes = "../outside/secret"})
           .hard_link("a", "g")
           .ended(),
       "outside of the tree"},
      {"through a link", Tar().symlink("l", "../outside").hard_link("a", "l/secret").ended(),
       "which is no file of it"},
      {"to a directory", Tar().directory("d").hard_link("a", "d").ended(),
       "which is no file of it"},
      {"to the tree", Tar().hard_link("a", ".").ended(), "which is no file of it"},
      {"to what comes later, as tar refuses it", Tar().hard_link("a", "h").file("h").ended(),
       "which is no file of it"},
      {"to itself, alone", Tar().hard_link("i", "i").ended(), "which is no file of it"},
      {"to nothing", Tar().hard_link("j", "").ended(), "archive"},
      {"the tree itself as a link", Tar().file("k").hard_link(".", "k").ended(), "no directory"},
  };
  for (const Case& c : cases) check_refused(here, c);
}

TEST_CASE("a file takes the place of a link and is not written through it") {
  const Unpacking here;
  here.unpack(Tar()
                  .symlink("l", here.outside() + "/secret")
                  .file("l", "harm, longer than the secret")
                  .symlink("d", here.outside())
                  .directory("d", 0700)
                  .file("d/secret", "harm")
                  .symlink("p", here.outside() + "/secret")
                  .fifo("p")
                  .ended());
  CHECK(here.bytes("l") == "harm, longer than the secret");
  CHECK(here.bytes("d/secret") == "harm");
  here.check_outside();
}

TEST_CASE("a hard link to a link is not followed") {
  const Unpacking here;
  here.unpack(
      Tar().symlink("l", here.outside() + "/secret").hard_link("h", "l").file("h", "harm").ended());
  CHECK(here.bytes("h") == "harm");
  here.check_outside();
}

TEST_CASE("a size that cannot be is refused, soon") {
  const Unpacking here;
  const auto sized = [](const std::string& size) {
    return Tar().member({.name = "f", .size = size}).ended();
  };
  const Case cases[] = {
      {"negative, base 256", sized(Tar::base256(-1)), "archive"},
      {"as negative as can be", sized(Tar::base256(INT64_MIN)), "archive"},
      {"as large as can be, base 256", sized(Tar::base256(INT64_MAX)), "archive"},
      {"octal, 8 GiB", sized("77777777777"), "archive"},
      {"pax, negative", Tar().pax({{"size", "-1"}}).file("f").ended(), "archive"},
      {"pax, beyond 64 bits", Tar().pax({{"size", "99999999999999999999999"}}).file("f").ended(),
       "archive"},
      {"a sparse file of exbibytes",
       gnu_sparse("s", {{Tar::octal(0, 11), Tar::octal(1, 11)}}, Tar::base256(INT64_MAX), "x") +
           Tar().ended(),
       "have more than 128 GiB"},
      {"a sparse file that is negative",
       gnu_sparse("s", {{Tar::octal(0, 11), Tar::octal(1, 11)}}, Tar::base256(-1), "x") +
           Tar().ended(),
       "archive"},
  };
  for (const Case& c : cases) check_refused(here, c);
}

TEST_CASE("a map of a sparse file that overlaps or goes beyond its end is refused, soon") {
  const auto far = std::int64_t{1} << 60U;
  const std::string one = Tar::octal(1, 11);
  const Case cases[] = {
      {"pieces that overlap",
       gnu_sparse("f", {{Tar::octal(0, 11), Tar::octal(4, 11)}, {one, Tar::octal(4, 11)}},
                  Tar::octal(8, 11), "abcdefgh") +
           Tar().ended(),
       "overlap"},
      {"pieces that go back",
       gnu_sparse("f", {{Tar::octal(8, 11), one}, {Tar::octal(0, 11), one}}, Tar::octal(9, 11),
                  "ab") +
           Tar().ended(),
       "overlap"},
      {"an exbibyte beyond its end: as many zeros would be hashed",
       gnu_sparse("f", {{Tar::base256(far), one}}, Tar::octal(1, 11), "a") + Tar().ended(),
       "longer than it says"},
      {"one byte beyond its end",
       gnu_sparse("f", {{Tar::octal(4, 11), one}}, Tar::octal(4, 11), "a") + Tar().ended(),
       "longer than it says"},
  };
  for (const Case& c : cases) {
    const Unpacking here;
    check_refused(here, c);
  }
}

TEST_CASE("what is cut or is no archive is refused") {
  const std::string whole = Tar().file("a", std::string(3000, 'x')).file("b", "y").ended();
  const Case cases[] = {
      {"nothing at all", "", "archive"},
      {"text", "<html><title>Log in</title></html>\n", "archive"},
      {"many zeros", std::string(1 << 20, '\0'), "holds no files"},
      {"within a header", whole.substr(0, 300), "archive"},
      {"within a file", whole.substr(0, 2000), "archive"},
      {"within the second header", whole.substr(0, 512 + 3072 + 100), "archive"},
      {"a checksum that is wrong", whole.substr(0, 512 + 3072) + std::string(512, 'z'), "archive"},
      {"gzip, cut", std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xed\xc1", 12), "archive"},
      {"zstd, cut", std::string("\x28\xb5\x2f\xfd\x04\x58", 6), "archive"},
      {"zip", std::string("PK\x03\x04\x14\x00\x00\x00\x08\x00", 10) + std::string(100, 'z'),
       "archive"},
      {"nothing but the tree itself", Tar().directory("./").ended(), "holds no files"},
      {"the tree as a file", Tar().file(".", "x").ended(), "no directory"},
      {"no name", Tar().file("", "x").ended(), "archive"},
      {"a directory without a name", Tar().directory("").ended(), "archive"},
  };
  for (const Case& c : cases) {
    const Unpacking here;
    check_refused(here, c);
  }
}

TEST_CASE("garbage after the end of an archive changes nothing of the tree") {
  const Unpacking here;
  const Entries entries =
      here.unpack(Tar().file("a", "x").ended() + std::string(5000, 'g')).entries;
  CHECK(entries.size() == 2);
}

TEST_CASE("a compressed archive whose last bytes are wrong or missing is refused, tree or not") {
  const std::string whole =
      compressed(Tar().file("a", "x").ended(), &archive_write_add_filter_gzip);
  std::string wrong = whole;
  wrong[wrong.size() - 8] = static_cast<char>(wrong[wrong.size() - 8] ^ 1);
  const Unpacking one, two;
  check_refused(one, {"the checksum", wrong, "do not have the checksum that they say"});
  check_refused(two, {"its last byte", whole.substr(0, whole.size() - 1), "end too early"});
}

TEST_CASE("a name that is replaced again and again costs no look at its neighbours") {
  const Unpacking here;
  Tar tar;
  for (int i = 0; i < 20'000; ++i) tar.device("a-" + std::to_string(i), '3', 1, 3);
  for (int i = 0; i < 20'000; ++i) tar.device("a", '3', 1, 3);
  const auto begun = std::chrono::steady_clock::now();
  CHECK(here.unpack(tar.ended()).entries.size() == 20'002);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(2));
}

TEST_CASE("no message has a name of the archive raw") {
  for (const char* name : {"../\x1b]0;title\x07", "../\x9b/x", "../\xe2\x80\xae/x"}) {
    const Unpacking here;
    const Error error = test::error_of([&] { here.unpack(Tar().file(name).ended()); });
    for (const char c : error.message()) CHECK(static_cast<unsigned char>(c) >= 0x20);
    CHECK_FALSE(contains(error.message(), "\x9b"));
    CHECK_FALSE(contains(error.message(), "\xe2\x80\xae"));
  }
}

}  // namespace
}  // namespace devbox::image
