#include "build/artifacts.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <string_view>

#include "build/copy.hpp"
#include "host/cannot.hpp"
#include "kernel/file.hpp"
#include "store/digest.hpp"
#include "store/git_blob.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::build {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

using Use = std::function<void(std::string_view)>;

void read_file(int directory, const std::string& name, const std::string& shown, const Use& use) {
  const Fd file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) throw host::cannot("read", shown, errno);
  std::vector<char> buffer(std::size_t{1} << 18U);
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw host::cannot("read", shown, errno);
    if (got == 0) return;
    use({buffer.data(), static_cast<std::size_t>(got)});
  }
}

std::string link_text(int directory, const std::string& name, const std::string& shown) {
  std::array<char, 4097> text{};
  const ssize_t size = ::readlinkat(directory, name.c_str(), text.data(), text.size() - 1);
  if (size < 0) throw host::cannot("read the link", shown, errno);
  return {text.data(), static_cast<std::size_t>(size)};
}

class Finder {
 public:
  explicit Finder(std::string shown) : shown_(std::move(shown)) {}

  void find(int directory, const std::string& name, const std::string& path) {
    const std::string shown = path::join(shown_, path);
    struct stat st {};
    if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0)
      throw host::cannot("read", shown, errno);
    if (S_ISDIR(st.st_mode)) {
      const Fd inside(::openat(directory, name.c_str(), kDirectory));
      if (!inside) throw host::cannot("open", shown, errno);
      for (const std::string& one : names_in(inside.get(), shown))
        find(inside.get(), one, path::join(path, one));
      return;
    }
    store::Digest digest;
    Artifact artifact;
    artifact.link = S_ISLNK(st.st_mode);
    artifact.executable = !artifact.link && (st.st_mode & S_IXUSR) != 0;
    if (artifact.link) {
      digest.add(link_text(directory, name, shown));
    } else {
      read_file(directory, name, shown, [&](std::string_view bytes) { digest.add(bytes); });
    }
    artifact.sha256 = digest.hex();
    found_.emplace(path, std::move(artifact));
  }
  Artifacts take() { return std::move(found_); }

 private:
  std::string shown_;
  Artifacts found_;
};

struct Place {
  Fd directory;
  std::string name;
};

Place place_of(int top, const std::string& path, const std::string& shown) {
  const std::string parent = path::parent(path) == "." ? "" : path::parent(path);
  const kernel::Sys<int> opened = kernel::open_below(top, parent.c_str());
  if (!opened) throw host::cannot("read", path::join(shown, path), opened.err);
  return {Fd(opened.value), path::filename(path)};
}

}  // namespace

Artifacts artifacts(const std::string& directory, const std::vector<std::string>& paths) {
  const Fd top = open_directory(directory);
  Finder finder(directory);
  for (const std::string& path : paths) {
    const Place place = place_of(top.get(), path, directory);
    finder.find(place.directory.get(), place.name, path);
  }
  return finder.take();
}

std::string digest_of(const Artifacts& artifacts) {
  store::Digest digest;
  for (const auto& [path, artifact] : artifacts) {
    const char* const kind = artifact.link ? "link" : artifact.executable ? "executable" : "file";
    digest.add(fmt::format("{} {} {}", artifact.sha256, kind, path));
    digest.add(std::string_view("\0", 1));
  }
  return digest.hex();
}

std::string blob_name(const std::string& directory, const std::string& path,
                      const std::string& like) {
  const Fd top = open_directory(directory);
  const Place place = place_of(top.get(), path, directory);
  const std::string shown = path::join(directory, path);
  struct stat st {};
  if (::fstatat(place.directory.get(), place.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0)
    throw host::cannot("read", shown, errno);
  store::GitBlob blob(like.size(), static_cast<std::uint64_t>(st.st_size));
  if (S_ISLNK(st.st_mode)) {
    blob.add(link_text(place.directory.get(), place.name, shown));
  } else {
    read_file(place.directory.get(), place.name, shown,
              [&](std::string_view bytes) { blob.add(bytes); });
  }
  return blob.hex();
}

}  // namespace devbox::build
