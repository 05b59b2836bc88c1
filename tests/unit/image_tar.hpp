// Tar archives made by hand (tar(5), "POSIX ustar Archives"), as no tar program would make them.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "util/fd.hpp"

namespace devbox::test {

inline constexpr std::size_t kTarBlock = 512;

struct TarMember {
  std::string name;  // at most 100 bytes; longer ones come by pax()
  char type = '0';
  std::string link = {};
  std::string bytes = {};
  unsigned mode = 0644;
  std::uint64_t owner = 0;
  std::uint64_t mtime = 1'000'000'000;
  std::optional<std::string> size = {};  // the field's 12 bytes, instead of that of `bytes`
  unsigned major = 0;
  unsigned minor = 0;
};

class Tar {
 public:
  Tar& file(std::string name, std::string bytes = {}, unsigned mode = 0644) {
    return member({.name = std::move(name), .bytes = std::move(bytes), .mode = mode});
  }
  Tar& directory(std::string name, unsigned mode = 0755) {
    return member({.name = std::move(name), .type = '5', .mode = mode});
  }
  Tar& symlink(std::string name, std::string text) {
    return member({.name = std::move(name), .type = '2', .link = std::move(text), .mode = 0777});
  }
  Tar& hard_link(std::string name, std::string existing) {
    return member({.name = std::move(name), .type = '1', .link = std::move(existing)});
  }
  Tar& fifo(std::string name) { return member({.name = std::move(name), .type = '6'}); }
  Tar& device(std::string name, char type, unsigned major, unsigned minor) {
    return member({.name = std::move(name), .type = type, .major = major, .minor = minor});
  }

  // Overrides of the next member: "LENGTH KEY=VALUE\n" (pax(1), "pax Extended Header").
  Tar& pax(const std::vector<std::pair<std::string, std::string>>& records) {
    std::string text;
    for (const auto& [key, value] : records) {
      const std::size_t rest = key.size() + value.size() + 3;
      std::size_t length = rest + std::to_string(rest).size();
      if (std::to_string(length).size() != std::to_string(rest).size()) ++length;
      text += std::to_string(length) + " " + key + "=" + value + "\n";
    }
    return member({.name = "pax", .type = 'x', .bytes = text});
  }

  Tar& member(const TarMember& m) {
    std::string header(kTarBlock, '\0');
    put(header, 0, m.name);
    put(header, 100, octal(m.mode, 7));
    put(header, 108, octal(m.owner, 7));
    put(header, 116, octal(m.owner, 7));
    put(header, 124, m.size ? *m.size : octal(m.bytes.size(), 11));
    put(header, 136, octal(m.mtime, 11));
    header[156] = m.type;
    put(header, 157, m.link);
    put(header, 257, std::string_view("ustar\00000", 8));
    put(header, 329, octal(m.major, 7));
    put(header, 337, octal(m.minor, 7));
    return header_and_bytes(std::move(header), m.bytes);
  }

  // Writes the checksum.
  Tar& header_and_bytes(std::string header, const std::string& bytes) {
    put(header, 148, "        ");
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put(header, 148, octal(sum, 6) + '\0');
    text_ += header + bytes;
    text_.resize((text_.size() + kTarBlock - 1) / kTarBlock * kTarBlock);
    return *this;
  }

  const std::string& unended() const { return text_; }
  std::string ended() const { return text_ + std::string(2 * kTarBlock, '\0'); }

  static std::string octal(std::uint64_t number, int digits) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%0*llo", digits,
                  static_cast<unsigned long long>(number));
    return text.data();
  }

  // GNU tar's way to write what octal digits cannot hold: two's complement, the first bit set.
  static std::string base256(std::int64_t number) {
    std::string text(12, number < 0 ? '\xff' : '\0');
    auto rest = static_cast<std::uint64_t>(number);
    for (std::size_t i = 12; i-- > 4; rest >>= 8U) text[i] = static_cast<char>(rest & 0xffU);
    text[0] = number < 0 ? '\xff' : '\x80';
    return text;
  }

  static void put(std::string& header, std::size_t at, std::string_view text) {
    header.replace(at, text.size(), text);
  }

 private:
  std::string text_;
};

// An old GNU sparse file: up to four pieces of {offset, size}, whose bytes follow each other.
inline std::string gnu_sparse(const std::string& name,
                              const std::vector<std::pair<std::string, std::string>>& map,
                              const std::string& real_size, const std::string& bytes) {
  std::string header(kTarBlock, '\0');
  Tar::put(header, 0, name);
  Tar::put(header, 100, Tar::octal(0644, 7));
  Tar::put(header, 108, Tar::octal(0, 7));
  Tar::put(header, 116, Tar::octal(0, 7));
  Tar::put(header, 124, Tar::octal(bytes.size(), 11));
  Tar::put(header, 136, Tar::octal(1, 11));
  header[156] = 'S';
  Tar::put(header, 257, std::string_view("ustar  \0", 8));
  for (std::size_t i = 0; i < map.size(); ++i) {
    Tar::put(header, 386 + i * 24, map[i].first);
    Tar::put(header, 386 + i * 24 + 12, map[i].second);
  }
  Tar::put(header, 483, real_size);
  return Tar().header_and_bytes(header, bytes).unended();
}

// Bytes as they come through a pipe: they can be read once, and not skipped. What reads them may
// stop before their end.
class Stream {
 public:
  explicit Stream(std::string bytes) : bytes_(std::move(bytes)) {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    out_.reset(ends[0]);
    in_.reset(ends[1]);
    writer_ = std::thread([this] {
      std::string_view rest = bytes_;
      while (!rest.empty()) {
        const ssize_t sent = ::send(in_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(sent));
      }
      in_.reset();
    });
  }
  ~Stream() {
    out_.reset();
    writer_.join();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int fd() const { return out_.get(); }

 private:
  std::string bytes_;
  Fd out_, in_;
  std::thread writer_;
};

}  // namespace devbox::test
