#include "image/content.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "image/xattr.hpp"
#include "util/fd.hpp"

namespace devbox::image {

mode_t mode_on_disk(const std::string& path, const Entry& entry, Belongs belongs) {
  if (entry.kind != EntryKind::directory) return entry.mode & 0777U;
  if (belongs == Belongs::to_user) return (entry.mode & 0555U) | 0500U;
  return (entry.mode & 03777U) | (path.empty() ? 0555U : 0U);
}

kernel::Sys<Content> content_of(int directory, const char* name, Sha256& hash) {
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  constexpr std::size_t kChunk = std::size_t{256} * 1024;
  thread_local auto buffer = std::make_unique<char[]>(kChunk);
  const Fd fd(::openat(directory, name, kFlags));
  if (!fd) return {{}, errno};
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer.get(), kChunk);
    if (got < 0 && errno == EINTR) continue;
    const int err = errno;
    if (got > 0) hash.add(buffer.get(), static_cast<std::size_t>(got));
    if (got > 0) continue;
    std::string digest = hash.hex();  // the next begins anew
    if (got < 0) return {{}, err};
    kernel::Sys<std::optional<Xattrs>> xattrs = xattrs_of(fd.get());
    return {{std::move(digest), std::move(xattrs.value)}, xattrs.err};
  }
}

void in_parallel(std::size_t count, const std::function<void(std::size_t, Sha256&)>& work) {
  in_parallel(count, std::function<Work()>([&work]() -> Work {
                const auto hash = std::make_shared<Sha256>();
                return [&work, hash](std::size_t i) { work(i, *hash); };
              }));
}

void in_parallel(std::size_t count, const std::function<Work()>& begin) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    const Work work = begin();
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> threads;
  const std::size_t most = std::min<std::size_t>(std::thread::hardware_concurrency(), count);
  try {
    while (threads.size() + 1 < most) threads.emplace_back(run);
  } catch (const std::system_error&) {
    // A limit on processes: those that there are do it all.
  }
  run();
}

}  // namespace devbox::image
