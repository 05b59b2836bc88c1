#include "launch/cache.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <exception>
#include <memory>
#include <string>

#include "host/cannot.hpp"
#include "host/new_file.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"

namespace devbox::launch {
namespace {

constexpr std::time_t kOld = std::time_t{90} * 24 * 60 * 60;

void remove_old(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), &::closedir);
  if (!stream) return;
  const int fd = ::dirfd(stream.get());
  const std::time_t now = std::time(nullptr);
  while (const dirent* entry = ::readdir(stream.get())) {
    struct stat st {};
    const char* name = entry->d_name;
    const bool is_file = ::fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
    if (is_file && st.st_mtime < now - kOld) ::unlinkat(fd, name, 0);
  }
}

void write(const plan::CacheFile& file) {
  const std::string parent = path::parent(file.path);
  host::make_directories(parent);
  const Fd directory(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) throw host::cannot("open", parent, errno);
  host::NewFile made(directory.get(), parent, 0644);  // for every user of the box
  made.write(file.content);
  made.rename(path::filename(file.path));
  remove_old(parent);
}

}  // namespace

void keep_in_cache(const plan::CacheFile& file) noexcept {
  try {
    write(file);
  } catch (const std::exception&) {  // the box has its own copy: cache.hpp
  }
}

}  // namespace devbox::launch
