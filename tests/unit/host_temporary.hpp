// What the tests of host/ and store/ stand on: a directory of their own and a user who lives there.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "host/host.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace devbox::test {

// A directory below `above` that is gone with the object, whatever the modes of what is in it.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::string& above = "/tmp")
      : path_(above + "/devbox-test-XXXXXX") {
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
    path_ = std::filesystem::canonical(path_).string();
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    remove_all(path_);
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string at(const std::string& name) const { return path_ + "/" + name; }

  // Each returns the whole path, and makes the directories above.
  std::string directory(const std::string& name, mode_t mode = 0755) const {
    std::filesystem::create_directories(at(name));
    REQUIRE(::chmod(at(name).c_str(), mode) == 0);
    return at(name);
  }
  std::string file(const std::string& name, std::string_view bytes = {}, mode_t mode = 0644) const {
    std::filesystem::create_directories(std::filesystem::path(at(name)).parent_path());
    const Fd fd(::open(at(name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    REQUIRE(fd);
    REQUIRE(::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    REQUIRE(::fchmod(fd.get(), mode) == 0);
    return at(name);
  }
  std::string link(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(at(name)).parent_path());
    REQUIRE(::symlink(text.c_str(), at(name).c_str()) == 0);
    return at(name);
  }
  std::string fifo(const std::string& name) const {
    std::filesystem::create_directories(std::filesystem::path(at(name)).parent_path());
    REQUIRE(::mkfifo(at(name).c_str(), 0644) == 0);
    return at(name);
  }

 private:
  // Directories that a test made unreadable are opened up first.
  static void remove_all(const std::string& directory) {
    ::chmod(directory.c_str(), 0700);
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
      if (entry.is_directory(ignored) && !entry.is_symlink(ignored))
        remove_all(entry.path().string());
    }
  }

  std::string path_;
};

inline bool is_root() { return ::geteuid() == 0; }

inline constexpr std::uint32_t kSomebody = 12345;  // a uid that no test runs as

// Only root can give a file away.
inline void give_away(const std::string& path) {
  REQUIRE(::lchown(path.c_str(), kSomebody, kSomebody) == 0);
}

// A user who lives in `home` and works in `cwd`.
inline host::Host user_at(const std::string& home, const std::string& cwd) {
  host::Host host;
  host.uid = ::geteuid();
  host.gid = ::getegid();
  host.user = "dev";
  host.home = home;
  host.cwd = cwd;
  host.dirs.config = home + "/.config/devbox";
  host.dirs.data = home + "/.local/share/devbox";
  host.dirs.state = home + "/.local/state/devbox";
  host.dirs.runtime = home + "/run/devbox";
  return host;
}

// The Error that `act` throws; a failure of the test where it throws none.
template <class Act>
Error error_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no Error was thrown");
  return Error("");
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// A variable of the environment for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  ~Variable() { set(old_ ? old_->c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) const {
    if (value == nullptr) {
      ::unsetenv(name_);
    } else {
      ::setenv(name_, value, 1);
    }
  }

  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace devbox::test
