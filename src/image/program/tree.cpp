#include "image/program/tree.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "host/cannot.hpp"
#include "image/program/say.hpp"
#include "image/sha256.hpp"

namespace devbox::image {

Fd new_tree() {
  if (::mkdir("root", 0700) < 0) throw host::cannot("make", "the tree", errno);
  Fd root(::open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) throw host::cannot("open", "the tree", errno);
  return root;
}

void finish_tree(const Entries& entries, std::uint64_t bytes,
                 const std::vector<std::string>& notes) {
  const std::string manifest = manifest_text(entries, Ownership::told);
  const Fd file(::open("manifest", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400));
  if (!file) throw host::cannot("make", "the manifest", errno);
  write_text(file.get(), manifest);
  say({{"tree", sha256_of(manifest)},
       {"plain", sha256_of(manifest_text(entries, Ownership::left_out))},
       {"names", entries.size()},
       {"bytes", bytes},
       {"notes", notes}});
}

void forbid_children() {
  const struct rlimit none {};
  ::setrlimit(RLIMIT_NPROC, &none);  // cannot fail: it only ever lowers
}

std::vector<std::string> device_notes(const Entries& entries) {
  const auto devices = std::count_if(entries.begin(), entries.end(), [](const auto& entry) {
    return is_device(entry.second.kind);
  });
  if (devices == 0) return {};
  return {
      fmt::format("{} device nodes are recorded and not made: only root can make them", devices)};
}

}  // namespace devbox::image
