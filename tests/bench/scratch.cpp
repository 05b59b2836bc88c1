#include "scratch.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "failure.hpp"
#include "process.hpp"

namespace devbox::bench {

namespace fs = std::filesystem;

Scratch::Scratch(const std::string& parent) : path_(parent + "/devbox-bench.XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr)
    throw Failure(fmt::format("cannot make {}: {}", path_, std::strerror(errno)));
}

Scratch::~Scratch() {
  std::error_code error;
  fs::remove_all(path_, error);
  if (error) {
    std::fputs(fmt::format("bench: cannot remove {}: {}\n", path_, error.message()).c_str(),
               stderr);
  }
}

// Trees have directories that nobody may write to.
void remove_tree(const std::string& directory) {
  std::error_code ignored;
  for (fs::recursive_directory_iterator at(directory, ignored), end; at != end;
       at.increment(ignored)) {
    if (at->is_directory(ignored) && !at->is_symlink(ignored))
      fs::permissions(at->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
  }
  fs::remove_all(directory, ignored);
}

void make_directories(const std::string& path) { fs::create_directories(path); }

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw Failure("cannot write " + path);
}

void make_minimal_tree(const std::string& path, const std::string& guest, int files) {
  for (const char* name :
       {"bin", "dev", "etc", "home", "mnt", "proc", "run", "sys", "tmp", "usr/share"}) {
    make_directories(fmt::format("{}/{}", path, name));
  }
  fs::copy_file(guest, path + "/bin/true");
  write_file(path + "/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
  write_file(path + "/etc/group", "root:x:0:\n");
  for (const char* name : {"hosts", "hostname", "resolv.conf"}) {
    write_file(fmt::format("{}/etc/{}", path, name), "");
  }
  constexpr int kFilesInDirectory = 100;
  for (int i = 0; i < files; ++i) {
    const std::string directory = fmt::format("{}/usr/share/{}", path, i / kFilesInDirectory);
    if (i % kFilesInDirectory == 0) {
      throw_if_interrupted();
      make_directories(directory);
    }
    write_file(fmt::format("{}/{}", directory, i), "");
  }
}

}  // namespace devbox::bench
