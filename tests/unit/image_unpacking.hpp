// Archives unpacked beside what they must not reach.
#pragma once

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "host_temporary.hpp"
#include "image/unpack.hpp"
#include "image_tar.hpp"

namespace devbox::test {

// "root" is the tree; "outside" has a file that archives try to get at.
class Unpacking {
 public:
  Unpacking() {
    here_.directory("root");
    here_.file("outside/secret", "secret");
  }

  image::Unpacked unpack(const std::string& bytes) const {
    const Stream stream(bytes);
    const Fd root(::open(root_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(root);
    image::FileWriter files;
    return image::unpack(stream.fd(), root.get(), std::nullopt, files,
                         [](std::uint64_t, std::uint64_t) {});
  }

  std::string root_path() const { return here_.at("root"); }
  std::string at(const std::string& name) const { return here_.at("root/" + name); }
  std::string outside() const { return here_.at("outside"); }

  bool has(const std::string& name) const {
    struct stat st {};
    return ::lstat(at(name).c_str(), &st) == 0;
  }
  struct stat status(const std::string& name) const {
    struct stat st {};
    CAPTURE(name);
    REQUIRE(::lstat(at(name).c_str(), &st) == 0);
    return st;
  }
  mode_t mode(const std::string& name) const { return status(name).st_mode & 07777U; }

  std::string bytes(const std::string& name) const {
    const Fd fd(::open(at(name).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    CAPTURE(name);
    REQUIRE(fd);
    std::string text(1 << 16, '\0');
    const ssize_t got = ::read(fd.get(), text.data(), text.size());
    REQUIRE(got >= 0);
    text.resize(static_cast<std::size_t>(got));
    return text;
  }

  std::string link(const std::string& name) const {
    std::error_code err;
    return std::filesystem::read_symlink(at(name), err).string();
  }

  // Nothing but the tree has changed.
  void check_outside() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(here_.path()))
      names.push_back(entry.path().filename().string());
    CHECK(names.size() == 2);
    const auto listed = std::filesystem::directory_iterator(outside());
    CHECK(std::distance(begin(listed), end(listed)) == 1);
    struct stat st {};
    REQUIRE(::lstat((outside() + "/secret").c_str(), &st) == 0);
    CHECK(st.st_nlink == 1);
    CHECK(st.st_size == 6);
    CHECK((st.st_mode & 07777U) == 0644);
  }

 private:
  TemporaryDirectory here_;
};

}  // namespace devbox::test
