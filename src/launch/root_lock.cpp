#include "launch/root_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "host/id_maps.hpp"
#include "host/mapped.hpp"
#include "host/probe.hpp"
#include "kernel/file.hpp"
#include "kernel/overlay.hpp"
#include "launch/uppers.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::launch {
namespace {

Fd open_directory(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) throw host::cannot("open", path, errno);
  return fd;
}

// A name in the directory of what is thrown away that nobody has.
std::string new_name() {
  struct timespec now {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return fmt::format("reset.{}.{:x}{:08x}", ::getpid(), now.tv_sec, now.tv_nsec);
}

// Lets its owner write there for as long as this lives: a box may have closed it, and a directory
// that moves is written to.
class Opened {
 public:
  Opened(int directory, const std::string& name) : directory_(directory), name_(name) {
    struct stat st {};
    if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode) ||
        (st.st_mode & S_IRWXU) == S_IRWXU)
      return;
    mode_ = st.st_mode & 07777U;
    closed_ = ::fchmodat(directory, name.c_str(), mode_ | S_IRWXU, 0) == 0;
  }
  ~Opened() {
    // Where it has moved, it is on its way out.
    if (closed_) [[maybe_unused]]
      const int done = ::fchmodat(directory_, name_.c_str(), mode_, 0);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

 private:
  int directory_;
  std::string name_;
  mode_t mode_ = 0;
  bool closed_ = false;
};

// Throws Error where a directory above `path` hides what the image has there.
void require_seen(int upper, const std::string& path) {
  for (std::string above = path::parent(path); above != "." && above != "/";
       above = path::parent(above)) {
    const kernel::Sys<int> found = kernel::open_below(upper, above.c_str());
    const Fd there(found.value);
    if (!found) continue;
    const Fd directory(::openat(there.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory && errno != ENOTDIR) throw host::cannot("open", "/" + above, errno);
    if (!directory || !kernel::is_opaque(directory.get())) continue;
    throw Error(fmt::format("cannot reset /{} alone: the box has removed /{} and made it again",
                            printable(path), printable(above)),
                fmt::format("reset that: `devbox box reset … {}`", shell_quoted("/" + above)));
  }
}

// Whether there was something. `path` is relative.
bool take_out(int upper, const std::string& path, int scratch, const std::string& name) {
  const kernel::Sys<int> found = kernel::open_parent(upper, path.c_str());
  const Fd parent(found.value);
  const bool is_gone = found.err == ENOENT || found.err == ENOTDIR || found.err == ELOOP;
  if (!found && is_gone) return false;
  if (!found) throw host::cannot("open what was written at", "/" + path, found.err);
  const std::string last = path::filename(path);
  const Opened above(parent.get(), ".");
  const Opened itself(parent.get(), last);
  if (::renameat(parent.get(), last.c_str(), scratch, name.c_str()) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw host::cannot("take out what was written at", "/" + path, errno);
}

// A new directory in `scratch`, whose lock keeps a sweep away from it (launch/uppers.hpp).
Fd new_directory(const std::string& scratch) {
  const Fd all = open_directory(scratch);
  if (::flock(all.get(), LOCK_EX) < 0) throw host::cannot("lock", scratch, errno);
  const std::string path = path::join(scratch, new_name());
  if (::mkdir(path.c_str(), 0700) < 0) throw host::cannot("make", path, errno);
  Fd made = open_directory(path);
  if (::flock(made.get(), LOCK_EX | LOCK_NB) < 0) throw host::cannot("lock", path, errno);
  return made;
}

// '+' for each where there was something, '-' for every other.
std::string take_all_out(const std::string& directory, const std::vector<std::string>& paths,
                         const std::string& scratch) {
  const Fd upper = open_directory(path::join(directory, "upper"));
  for (const std::string& path : paths) require_seen(upper.get(), path.substr(1));
  const Fd to = new_directory(scratch);
  std::string found;
  for (const std::string& path : paths) {
    const bool was_there =
        take_out(upper.get(), path.substr(1), to.get(), std::to_string(found.size()));
    found += was_there ? '+' : '-';
  }
  return found;
}

}  // namespace

std::string lock_holder(int lock) {
  char bytes[128];
  const ssize_t n = ::pread(lock, bytes, sizeof bytes, 0);
  const std::string text(bytes, n > 0 ? static_cast<std::size_t>(n) : 0);
  return text.substr(0, text.find('\n'));
}

Fd lock_root(const std::string& directory, const std::string& profile) {
  const std::string path = directory + "/lock";
  Fd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock) throw host::cannot("open", path, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) throw host::cannot("lock", path, errno);
  const std::string box = lock_holder(lock.get());
  throw Error(fmt::format("the persistent root of {} is in use by the box {}", printable(profile),
                          printable(box)),
              fmt::format("leave that box, or end it with `devbox stop {}`", printable(box)));
}

void discard_root(const std::string& directory, const std::string& scratch,
                  const host::Host& host) {
  make_directory(scratch);
  const std::string aside = path::join(scratch, new_name());
  if (::rename(directory.c_str(), aside.c_str()) < 0)
    throw host::cannot("throw away", directory, errno);
  sweep_scratch(scratch, host);
}

std::vector<bool> discard_paths(const std::string& directory, const std::vector<std::string>& paths,
                                const std::string& scratch, const host::Host& host,
                                const host::IdMaps& ids) {
  make_directory(scratch);
  std::vector<bool> found;
  const auto work = [&] { return take_all_out(directory, paths, scratch); };
  const std::string text =
      ids.uids.empty()
          ? work()
          : host::run_mapped(ids, host.user, "to take out files of other ids in", work);
  for (const char c : text) found.push_back(c == '+');
  sweep_scratch(scratch, host);
  return found;
}

}  // namespace devbox::launch
