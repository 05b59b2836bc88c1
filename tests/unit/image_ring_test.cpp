#include "image/ring.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "host/process.hpp"
#include "host_temporary.hpp"
#include "image/feed.hpp"
#include "image/sha256.hpp"

namespace devbox::image {
namespace {

// Runs `work` with the reader in a child, as devbox-image does; its status is what that returns.
pid_t read_in_child(RingWriter& ring, const std::function<int(RingReader&)>& work) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) ::_exit(work(*ring.reader()));
  ring.leave_reader();
  return pid;
}

// Each different from its neighbours, and more than there is room for.
std::string sample() {
  std::string text;
  for (std::uint32_t i = 0; text.size() < 5'000'000; ++i) text += std::to_string(i * 2654435761U);
  return text;
}

// A write to a pipe that nobody reads is an error, not the end of the process.
class NoSigpipe {
 public:
  NoSigpipe() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  ~NoSigpipe() { std::signal(SIGPIPE, before_); }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  void (*before_)(int);
};

// A file with these bytes, at its beginning.
Fd file_of(const std::string& bytes) {
  Fd file(::memfd_create("bytes", MFD_CLOEXEC));
  REQUIRE(::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  REQUIRE(::lseek(file.get(), 0, SEEK_SET) == 0);
  return file;
}

std::string sha256(const std::string& bytes) {
  Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  return hash.hex();
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST_CASE("what is fed is what is read, and its digest is said") {
  const std::string bytes = sample();
  RingWriter ring;
  const pid_t pid = read_in_child(ring, [&](RingReader& reader) {
    std::string got;
    for (std::string_view more = reader.read(); !more.empty(); more = reader.read()) got += more;
    return got == bytes && reader.read().empty() ? 0 : 1;
  });
  const Fd file = file_of(bytes);
  CHECK(feed(file.get(), ring) == sha256(bytes));
  ring.end();
  CHECK(host::wait_status(pid) == 0);
}

TEST_CASE("pieces of any size arrive as they are, and an empty file is the end at once") {
  RingWriter ring;
  const pid_t pid = read_in_child(ring, [](RingReader& reader) {
    for (const char* piece : {"a", "bc", "d"}) {
      if (reader.read() != piece) return 1;
    }
    return reader.read().empty() ? 0 : 2;
  });
  for (const std::string_view piece : {"a", "bc", "d"}) {
    std::memcpy(ring.room().data(), piece.data(), piece.size());
    ring.give(piece.size());
  }
  const Fd nothing = file_of("");
  CHECK(feed(nothing.get(), ring) == sha256(""));
  ring.end();
  CHECK(host::wait_status(pid) == 0);
}

TEST_CASE("who reads cannot write, by whatever way") {
  RingWriter ring;
  const pid_t pid = read_in_child(ring, [](RingReader& reader) {
    const std::string_view bytes = reader.read();
    const auto at = reinterpret_cast<std::uintptr_t>(bytes.data()) & ~std::uintptr_t{4095};
    if (::mprotect(reinterpret_cast<void*>(at), 4096, PROT_READ | PROT_WRITE) == 0) return 1;
    for (int fd = 3; fd < 256; ++fd) {  // nor has it the memory's descriptor
      char name[64] = {};
      const std::string link = "/proc/self/fd/" + std::to_string(fd);
      if (::readlink(link.c_str(), name, sizeof name - 1) > 0 &&
          std::strstr(name, "memfd:archive") != nullptr)
        return 2;
    }
    return 0;
  });
  ring.room()[0] = 'x';
  ring.give(1);
  ring.end();
  CHECK(host::wait_status(pid) == 0);
}

TEST_CASE("all is hashed though nobody reads any more") {
  const NoSigpipe ignored;
  const std::string bytes = sample();
  RingWriter ring;
  const pid_t pid = read_in_child(ring, [](RingReader& reader) { return reader.read().empty(); });
  const Fd file = file_of(bytes);
  CHECK(feed(file.get(), ring) == sha256(bytes));
  CHECK(host::wait_status(pid) == 0);
}

TEST_CASE("a reader that hands back what it was never given changes nothing of the digest") {
  constexpr int kMost = 256;
  const std::string bytes = sample();
  std::vector<bool> others(kMost);  // what whoever runs the tests has left open
  for (int fd = 0; fd < kMost; ++fd) others[static_cast<std::size_t>(fd)] = is_open(fd);
  RingWriter ring;
  const pid_t pid = read_in_child(ring, [&](RingReader&) {
    for (int fd = 0; fd < kMost; ++fd) {  // whichever of them is its end of the pipe
      if (others[static_cast<std::size_t>(fd)] || !is_open(fd)) continue;
      if ((::fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY) continue;
      for (int i = 0; i < 100; ++i) {
        if (::write(fd, "0123456789", 10) != 10) return 1;
      }
    }
    return 0;
  });
  const Fd file = file_of(bytes);
  const NoSigpipe ignored;
  CHECK(feed(file.get(), ring) == sha256(bytes));
  ring.end();
  CHECK(host::wait_status(pid) == 0);
}

TEST_CASE("a descriptor that cannot be read is an error") {
  RingWriter ring;
  CHECK(test::error_of([&] { feed(-1, ring); }).message() ==
        "cannot read the archive: Bad file descriptor");
}

}  // namespace
}  // namespace devbox::image
