#include "image/layout_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr const char* kIndex = "index.json";
constexpr const char* kLayout = "oci-layout";

Fd open_directory(int at, const std::string& name, const std::string& shown) {
  Fd fd(::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) throw host::cannot("open", shown, errno);
  return fd;
}

Fd make_directory(int at, const char* name, const std::string& shown) {
  if (::mkdirat(at, name, 0777) != 0 && errno != EEXIST) throw host::cannot("make", shown, errno);
  return open_directory(at, name, shown);
}

bool has(int directory, const std::string& name) {
  struct stat st {};
  return ::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
}

// A blob that is there is kept, unless it is not even as long.
bool has_blob(int blobs, const Descriptor& blob) {
  struct stat st {};
  return ::fstatat(blobs, blob.digest.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(st.st_mode) && static_cast<std::uint64_t>(st.st_size) == blob.size;
}

std::string index_of(int layout, const std::string& shown) {
  const Fd file(::openat(layout, kIndex, host::kCautiousRead | O_NOFOLLOW));
  if (!file && errno == ENOENT) return {};
  if (!file) throw host::cannot("open", shown, errno);
  host::Contents read = host::contents(file.get(), kMostDocument);
  if (!read.ok()) throw host::cannot("read", shown, read.err != 0 ? read.err : EFBIG);
  return std::move(read.bytes);
}

// For as long as index.json is read and written: two exports into one layout both stay.
Fd lock(const std::string& path, int layout) {
  Fd fd = open_directory(layout, ".", path);
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) throw host::cannot("lock", path, errno);
  }
  return fd;
}

// Removed again where it does not get its name.
class NewDirectory {
 public:
  NewDirectory(int parent, std::string path) : parent_(parent), path_(std::move(path)) {
    std::uint64_t random = 0;
    if (::getrandom(&random, sizeof random, 0) < 0) throw host::cannot("make", path_, errno);
    name_ = fmt::format(".devbox-{:016x}", random);
    if (::mkdirat(parent, name_.c_str(), 0777) != 0) throw host::cannot("make", path_, errno);
    fd_ = open_directory(parent, name_, path_);
  }
  ~NewDirectory() {
    if (name_.empty()) return;
    std::error_code ignored;  // there is an error to be told already
    std::filesystem::remove_all(path::join(path::parent(path_), name_), ignored);
  }
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;

  int fd() const { return fd_.get(); }

  void publish() {
    const std::string last = path::filename(path_);
    if (::syncfs(fd_.get()) != 0) throw host::cannot("write", path_, errno);
    if (::renameat(parent_, name_.c_str(), parent_, last.c_str()) != 0)
      throw host::cannot("make", path_, errno);
    name_.clear();
  }

 private:
  int parent_;
  std::string path_;
  std::string name_;
  Fd fd_;
};

}  // namespace

LayoutWriter::LayoutWriter(const std::string& directory)
    : path_(directory), directory_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!directory_ && errno != ENOENT) throw host::cannot("open", directory, errno);
  is_new_ = !directory_;
  if (is_new_) {
    directory_ = open_directory(AT_FDCWD, path::parent(directory), path::parent(directory));
  } else if (!has(directory_.get(), kIndex) && !std::filesystem::is_empty(directory)) {
    throw Error(fmt::format("{} is no OCI image layout, and not empty: it has no {}",
                            printable(directory), kIndex),
                "name a new directory, an empty one, or a layout");
  }
  layer_ = std::make_unique<OutputFile>(directory_.get(), directory);
}

void LayoutWriter::add(const ImageDocuments& image, const ImagePlatform& platform,
                       const std::string& name) {
  if (!is_new_) {
    const Fd locked = lock(path_, directory_.get());
    return fill(directory_.get(), image, platform, name);
  }
  NewDirectory made(directory_.get(), path_);
  fill(made.fd(), image, platform, name);
  made.publish();
}

void LayoutWriter::fill(int layout, const ImageDocuments& image, const ImagePlatform& platform,
                        const std::string& name) {
  const std::string before = index_of(layout, path::join(path_, kIndex));
  const std::string index = index_with(before, image, platform, name);
  const Fd blobs = make_directory(layout, "blobs", path_);
  const Fd sha256 = make_directory(blobs.get(), "sha256", path_);
  if (!has_blob(sha256.get(), image.layer_blob))
    layer_->publish(sha256.get(), image.layer_blob.digest);
  put(sha256.get(), image.config_blob.digest, image.config);
  put(sha256.get(), image.manifest_digest, image.manifest);
  if (!has(layout, kLayout)) put(layout, kLayout, layout_file());
  put(layout, kIndex, index);
}

void LayoutWriter::put(int directory, const std::string& name, std::string_view bytes) {
  OutputFile file(directory, path::join(path_, name));
  file.write(bytes);
  file.publish(directory, name);
}

}  // namespace devbox::image
