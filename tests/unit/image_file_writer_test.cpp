#include "image/file_writer.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "host/files.hpp"
#include "host/process.hpp"
#include "host_temporary.hpp"
#include "image/sha256.hpp"

namespace devbox::image {
namespace {

using test::TemporaryDirectory;

std::string sha256(const std::string& bytes) {
  Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  return hash.hex();
}

Fd new_file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  REQUIRE(fd);
  return fd;
}

Entry entry_of(std::uint64_t size) {
  return {.kind = EntryKind::file, .mode = 04640, .mtime = 1'000'000'000, .size = size, .text = {}};
}

std::string bytes_of(const std::string& path) {
  return host::contents(path.c_str(), std::size_t{1} << 24U).bytes;
}

// Files in a directory, as an archive has them; those that are asked for stay where they are.
class Files {
 public:
  explicit Files(FileWriter& writer) : writer_(writer) {}

  void write(const std::string& bytes) {
    begin(bytes.size());
    writer_.add({.bytes = bytes});
    writer_.end();
  }
  Entry& begin(std::uint64_t size) {
    paths_.push_back(here_.at(std::to_string(paths_.size())));
    entries_.push_back(entry_of(size));
    writer_.begin(new_file(paths_.back()), paths_.back(), entries_.back());
    return entries_.back();
  }
  // Of which nothing can be written: it is open for reading.
  void begin_hopeless(std::uint64_t size) {
    paths_.push_back(here_.file(std::to_string(paths_.size()), ""));
    entries_.push_back(entry_of(size));
    Fd fd(::open(paths_.back().c_str(), O_RDONLY | O_CLOEXEC));
    writer_.begin(std::move(fd), paths_.back(), entries_.back());
  }
  void check(std::size_t i, const std::string& bytes) const {
    CAPTURE(i);
    CHECK((bytes_of(paths_.at(i)) == bytes));
    CHECK(entries_.at(i).text == sha256(bytes));
    struct stat st {};
    REQUIRE(::stat(paths_.at(i).c_str(), &st) == 0);
    CHECK((st.st_mode & 07777U) == 0640);  // no setuid bit
    CHECK(st.st_mtime == 1'000'000'000);
  }
  const std::string& path(std::size_t i) const { return paths_.at(i); }
  std::size_t count() const { return paths_.size(); }

 private:
  FileWriter& writer_;
  TemporaryDirectory here_;
  std::deque<std::string> paths_;
  std::deque<Entry> entries_;
};

TEST_CASE("files have their bytes, mode and time, and their entries a digest, once it is drained") {
  FileWriter writer;
  Files files(writer);
  files.write("one");
  files.write("");
  files.write(std::string(3'000'000, 'x'));  // more than a batch
  writer.drain();
  files.check(0, "one");
  files.check(1, "");
  files.check(2, std::string(3'000'000, 'x'));
}

TEST_CASE("more steps than a batch has room for are all carried out, in order") {
  FileWriter writer;
  Files files(writer);
  for (int i = 0; i < 500; ++i) files.write("file " + std::to_string(i));
  writer.drain();
  for (std::size_t i = 0; i < files.count(); ++i) files.check(i, "file " + std::to_string(i));
}

TEST_CASE("what lies between blocks, and after the last, is zeros") {
  FileWriter writer;
  Files files(writer);
  files.begin(2'000'010);
  writer.add({.bytes = "ab"});
  writer.add({.bytes = "cd", .offset = 1'000'000});
  writer.end();
  writer.drain();
  std::string bytes(2'000'010, '\0');
  bytes.replace(0, 2, "ab").replace(1'000'000, 2, "cd");
  files.check(0, bytes);
  struct stat st {};
  REQUIRE(::stat(files.path(0).c_str(), &st) == 0);
  CHECK(st.st_blocks * 512 < 1'000'000);
}

TEST_CASE("bytes that overlap, or that there should not be, are refused") {
  FileWriter writer;
  Files files(writer);
  files.begin(10);
  writer.add({.bytes = "abcd"});
  CHECK(test::contains(test::error_of([&] { writer.add({.bytes = "x", .offset = 3}); }).message(),
                       "has bytes that overlap"));
  for (const std::uint64_t offset : {10ULL, 9ULL, ~0ULL}) {
    CHECK(test::contains(
        test::error_of([&] { writer.add({.bytes = "xy", .offset = offset}); }).message(),
        "is longer than it says"));
  }
}

TEST_CASE("an error of the thread comes out of drain, and again from whatever comes after") {
  FileWriter writer;
  Files files(writer);
  files.write("before");
  files.begin_hopeless(3);
  writer.add({.bytes = "abc"});
  writer.end();
  const std::string said = "cannot write " + files.path(1) + ": Bad file descriptor";
  CHECK(test::error_of([&] { writer.drain(); }).message() == said);
  CHECK(test::error_of([&] { writer.drain(); }).message() == said);
  files.check(0, "before");
  const Error later = test::error_of([&] {
    for (int i = 0; i < 1000; ++i) files.write("after");
  });
  CHECK(later.message() == said);
  CHECK(files.count() < 200);  // at the next batch, and not at the end
}

TEST_CASE("what is abandoned is not touched again, and what comes after it is written") {
  FileWriter writer;
  for (int i = 0; i < 20; ++i) {
    Files gone(writer);
    for (int k = 0; k < 300; ++k) gone.write("file");
    writer.abandon();
  }
  Files files(writer);
  for (int i = 0; i < 200; ++i) files.write("file " + std::to_string(i));
  writer.drain();
  for (std::size_t i = 0; i < files.count(); ++i) files.check(i, "file " + std::to_string(i));
}

TEST_CASE("what is not drained when it goes leaves nobody waiting") {
  std::optional<FileWriter> writer(std::in_place);
  Files files(*writer);
  for (int i = 0; i < 300; ++i) files.write("file");
  writer.reset();  // the files and entries are there until it is gone
}

// Root may have as many processes as it likes.
void forbid_threads() {
  REQUIRE(::geteuid() != 0);
  const struct rlimit none {};
  REQUIRE(::setrlimit(RLIMIT_NPROC, &none) == 0);
}

TEST_CASE("where no thread can be had the caller's does it all, and errors come at once or later") {
  if (::geteuid() == 0) return;
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    forbid_threads();
    FileWriter writer;
    Files files(writer);
    for (int i = 0; i < 200; ++i) files.write("file " + std::to_string(i));
    writer.drain();
    bool whole = true;
    for (std::size_t i = 0; i < files.count(); ++i)
      whole = whole && bytes_of(files.path(i)) == "file " + std::to_string(i);
    files.begin_hopeless(3);
    writer.add({.bytes = "abc"});
    writer.end();
    const std::string said =
        "cannot write " + files.path(files.count() - 1) + ": Bad file descriptor";
    ::_exit(whole && test::error_of([&] { writer.drain(); }).message() == said ? 0 : 1);
  }
  CHECK(host::wait_status(pid) == 0);
}

}  // namespace
}  // namespace devbox::image
