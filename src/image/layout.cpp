#include "image/layout.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "image/blob_file.hpp"
#include "image/sha256.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr const char* kIndex = "index.json";
constexpr const char* kBlobs = "blobs/sha256";

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + printable(name);
  return text;
}

using Listed = std::vector<IndexEntry>;

bool is_named_by_platform(const Listed& list) {
  return std::all_of(list.begin(), list.end(), [](const IndexEntry& entry) {
    return entry.name.empty() && !entry.platform.os.empty();
  });
}

// The one image of a layout, or the only one with that name.
const IndexEntry& entry_of(const Listed& list, std::string_view tag, const std::string& shown) {
  std::vector<std::string> names;
  const IndexEntry* found = nullptr;
  for (const IndexEntry& entry : list) {
    if (!entry.name.empty()) names.push_back(entry.name);
    if (!tag.empty() && entry.name != tag) continue;
    if (found != nullptr) {
      throw Error(tag.empty() ? fmt::format("{} holds several images", shown)
                              : fmt::format("{} has the name {} twice", shown, printable(tag)),
                  names.empty() ? "pin one by `image.digest`"
                                : fmt::format("name one: {}, …", list_of(names)));
    }
    found = &entry;
  }
  if (found != nullptr) return *found;
  throw Error(tag.empty() ? fmt::format("{} holds no image", shown)
                          : fmt::format("{} has no image {}", shown, printable(tag)),
              names.empty() ? "" : fmt::format("it has {}", list_of(names)));
}

}  // namespace

Layout::Layout(const std::string& directory, const std::string& shown)
    : shown_(printable(shown)),
      directory_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!directory_) throw host::cannot("open", directory, errno);
  struct stat st {};
  if (::fstatat(directory_.get(), kIndex, &st, AT_SYMLINK_NOFOLLOW) < 0) {
    throw Error(fmt::format("{} is no OCI image layout: it has no {}", shown_, kIndex),
                "`skopeo copy … oci:DIR:TAG`, `umoci` and `devbox image export` make one");
  }
}

Document Layout::manifest(std::string_view tag_or_digest) {
  std::string digest;
  if (is_sha256(tag_or_digest)) {
    digest = tag_or_digest;
  } else {
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    const Fd file(::openat(directory_.get(), kIndex, kFlags));
    if (!file) throw host::cannot("open", shown_ + "/" + kIndex, errno);
    host::Contents read = host::contents(file.get(), kMostDocument);
    if (!read.ok())
      throw host::cannot("read", shown_ + "/" + kIndex, read.err != 0 ? read.err : EFBIG);
    const Listed list = parse_layout_index(read.bytes);
    if (tag_or_digest.empty() && list.size() > 1 && is_named_by_platform(list)) {
      std::string own = sha256_of(read.bytes);
      return {std::move(read.bytes), {}, std::move(own)};
    }
    digest = entry_of(list, tag_or_digest, shown_).manifest.digest;
  }
  const Fd file = open(digest);
  host::Contents read = host::contents(file.get(), kMostDocument);
  if (!read.ok())
    throw host::cannot("read", shown_ + "/" + digest, read.err != 0 ? read.err : EFBIG);
  if (sha256_of(read.bytes) != digest)
    throw Error(fmt::format("{}: sha256:{} does not have that digest", shown_, digest),
                kDamagedCopy);
  return {std::move(read.bytes), {}, digest};
}

std::string Layout::small_blob(const Descriptor& descriptor) {
  return whole_blob(*this, descriptor);
}

void Layout::blob(const Descriptor& descriptor, const Sink& sink, const BlobProgress& progress) {
  const Fd file = open(descriptor.digest);
  read_blob(file.get(), fmt::format("{}/{}/{}", shown_, kBlobs, descriptor.digest), descriptor,
            sink, progress);
}

// A regular file, no link: a layout may have been unpacked from an archive.
Fd Layout::open(const std::string& digest) const {
  const Fd blobs(
      ::openat(directory_.get(), "blobs", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const Fd sha256(::openat(blobs.get(), "sha256", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  Fd file(::openat(sha256.get(), digest.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT || errno == EBADF) {
      throw Error(fmt::format("{} lacks sha256:{}, which its documents name", shown_, digest),
                  kDamagedCopy);
    }
    throw host::cannot("open", fmt::format("{}/{}/{}", shown_, kBlobs, digest), errno);
  }
  require_file(file.get(), fmt::format("{}/{}/{}", shown_, kBlobs, digest));
  return file;
}

}  // namespace devbox::image
