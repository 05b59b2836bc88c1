// Bytes that can be read at any offset, wherever they are: what is compared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace devbox::image {

class Seekable {
 public:
  Seekable() = default;
  virtual ~Seekable() = default;
  Seekable(const Seekable&) = delete;
  Seekable& operator=(const Seekable&) = delete;

  virtual std::uint64_t size() const = 0;

  // How many bytes from `offset` on are now in `to`: fewer than it holds only at the end. Throws
  // Error.
  virtual std::size_t read_at(std::uint64_t offset, std::span<char> to) const = 0;

  // The same as text, shorter only at the end.
  std::string text_at(std::uint64_t offset, std::size_t size) const;
};

// A regular file, borrowed; `shown` is its name in an Error.
class FileBytes final : public Seekable {
 public:
  FileBytes(int fd, std::uint64_t size, std::string shown);
  std::uint64_t size() const override { return size_; }
  std::size_t read_at(std::uint64_t offset, std::span<char> to) const override;

 private:
  int fd_;
  std::uint64_t size_;
  std::string shown_;
};

// What is in memory, borrowed.
class MemoryBytes final : public Seekable {
 public:
  explicit MemoryBytes(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read_at(std::uint64_t offset, std::span<char> to) const override;

 private:
  std::string_view bytes_;
};

// A part of others, borrowed; as much of it as they have.
class PartOfBytes final : public Seekable {
 public:
  PartOfBytes(const Seekable& whole, std::uint64_t offset, std::uint64_t size);
  std::uint64_t size() const override { return size_; }
  std::size_t read_at(std::uint64_t offset, std::span<char> to) const override;

 private:
  const Seekable& whole_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

}  // namespace devbox::image
