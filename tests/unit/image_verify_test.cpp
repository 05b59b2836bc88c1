#include "image/verify.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <string>

#include "image/read_manifest.hpp"
#include "image_unpacking.hpp"

namespace devbox::image {
namespace {

using test::Tar;
using test::Unpacking;

// A tree, and what is said of it after something happened to it: "d/f: content, d/g: missing".
class Tree {
 public:
  Tree() {
    const Tar tar = Tar()
                        .directory("d")
                        .file("d/f", "content", 0640)
                        .hard_link("d/g", "d/f")
                        .file("d/h", "content", 0640)
                        .directory("d/sub")
                        .file("d/sub/x", "x")
                        .symlink("l", "d/f")
                        .fifo("p")
                        .file("secret", "x", 0000)
                        .device("dev", '3', 1, 3);
    entries_ =
        read_manifest(manifest_text(unpacking_.unpack(tar.ended()).entries, Ownership::told));
    for (const char* name : {"", "d", "d/sub"}) REQUIRE(::chmod(at(name).c_str(), 0755) == 0);
  }

  std::string at(const std::string& name) const { return unpacking_.at(name); }

  // Keeps the modes and times of what is around.
  std::string after(const std::function<void()>& change) {
    change();
    for (const char* name : {"d/sub", "d", ""}) restore(name);
    const Fd root(::open(at("").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const Verified verified = verify(root.get(), entries_, Belongs::to_user, [](std::uint64_t) {});
    bytes_ = verified.bytes;
    std::string text;
    for (const Difference& difference : verified.differences) {
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", difference.path,
                          fmt::join(difference.what, " "));
    }
    return text;
  }

  void restore(const std::string& name) const {
    const Entry& entry = entries_.at(name);
    struct stat st {};
    if (::lstat(at(name).c_str(), &st) < 0 || S_ISLNK(st.st_mode)) return;
    if (S_ISDIR(st.st_mode)) REQUIRE(::chmod(at(name).c_str(), 0555) == 0);
    const struct timespec times[] = {{entry.mtime, 0}, {entry.mtime, 0}};
    REQUIRE(::utimensat(AT_FDCWD, at(name).c_str(), times, 0) == 0);
  }

  // With size, mode and time kept.
  void flip(const std::string& name) const {
    REQUIRE(::chmod(at(name).c_str(), 0600) == 0);
    {
      const Fd fd(::open(at(name).c_str(), O_WRONLY | O_CLOEXEC));
      REQUIRE(::pwrite(fd.get(), "C", 1, 0) == 1);
    }
    REQUIRE(::chmod(at(name).c_str(), entries_.at(name).mode) == 0);
    restore(name);
  }

  void remove(const std::string& name) const { std::filesystem::remove_all(at(name)); }
  void write(const std::string& name, std::string_view bytes) const {
    const Fd fd(::open(at(name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
    REQUIRE(::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }

  std::uint64_t bytes_ = 0;

 private:
  Unpacking unpacking_;
  Entries entries_;
};

TEST_CASE("a tree that nobody touched differs in nothing, and all of it was read") {
  Tree tree;
  CHECK(tree.after([] {}) == (test::is_root() ? "" : "secret: unreadable"));
  CHECK(tree.bytes_ == 7 + 7 + 1 + 1);
}

// What only root or a capability can read is aside here.
std::string without_secret(std::string text) {
  const std::string_view secret = "secret: unreadable";
  const std::size_t at = text.find(secret);
  if (at != std::string::npos) text.erase(at > 0 ? at - 2 : 0, secret.size() + 2);
  return text;
}

TEST_CASE("each way in which a tree can differ is named") {
  struct {
    std::string why;
    std::function<void(const Tree&)> change;
    std::string said;
  } const cases[] = {
      {"a flipped byte, size and time kept, by every name", [](const Tree& t) { t.flip("d/f"); },
       "d/f: content, d/g: content"},
      {"an equal file that is another one", [](const Tree& t) { t.flip("d/h"); }, "d/h: content"},
      {"a byte more",
       [](const Tree& t) {
         t.write("d/h", "content2");
         t.restore("d/h");
       },
       "d/h: size"},
      {"a mode", [](const Tree& t) { REQUIRE(::chmod(t.at("d/h").c_str(), 0644) == 0); },
       "d/h: mode"},
      {"setuid", [](const Tree& t) { REQUIRE(::chmod(t.at("d/h").c_str(), 04640) == 0); },
       "d/h: mode"},
      {"a time",
       [](const Tree& t) {
         const struct timespec times[] = {{5, 0}, {5, 0}};
         REQUIRE(::utimensat(AT_FDCWD, t.at("d/h").c_str(), times, 0) == 0);
       },
       "d/h: mtime"},
      {"a nanosecond",
       [](const Tree& t) {
         const struct timespec times[] = {{1'000'000'000, 1}, {1'000'000'000, 1}};
         REQUIRE(::utimensat(AT_FDCWD, t.at("d/h").c_str(), times, 0) == 0);
       },
       "d/h: mtime"},
      {"the text of a link",
       [](const Tree& t) {
         t.remove("l");
         REQUIRE(::symlink("d/h", t.at("l").c_str()) == 0);
         const struct timespec times[] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
         REQUIRE(::utimensat(AT_FDCWD, t.at("l").c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
       },
       "l: link"},
      {"a file in place of a FIFO",
       [](const Tree& t) {
         t.remove("p");
         t.write("p", "");
       },
       "p: type"},
      {"a link in place of a directory",
       [](const Tree& t) {
         t.remove("d/sub");
         REQUIRE(::symlink("..", t.at("d/sub").c_str()) == 0);
       },
       "d/sub: type"},
      {"a file that is gone", [](const Tree& t) { t.remove("d/h"); }, "d/h: missing"},
      {"a directory that is gone, once", [](const Tree& t) { t.remove("d/sub"); },
       "d/sub: missing"},
      {"a new name", [](const Tree& t) { t.write("d/new", "x"); }, "d/new: new"},
      {"a new directory, once",
       [](const Tree& t) {
         std::filesystem::create_directory(t.at("d/new"));
         t.write("d/new/x", "x");
       },
       "d/new: new"},
      {"a device that nobody made", [](const Tree& t) { t.write("dev", "x"); }, "dev: new"},
      {"two files that became one",
       [](const Tree& t) {
         t.remove("d/h");
         REQUIRE(::link(t.at("d/f").c_str(), t.at("d/h").c_str()) == 0);
       },
       "d/h: names"},
      {"one file that became two",
       [](const Tree& t) {
         t.remove("d/g");
         t.write("d/g", "content");
         t.restore("d/g");
       },
       "d/g: names"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.why);
    Tree tree;
    CHECK(without_secret(tree.after([&] { c.change(tree); })) == c.said);
  }
}

}  // namespace
}  // namespace devbox::image
