#include "image/program/open_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "image/docker_archive.hpp"
#include "image/feed.hpp"
#include "image/layout.hpp"
#include "image/program/half.hpp"
#include "image/program/say.hpp"
#include "image/registry.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

namespace fs = std::filesystem;

std::string place_of(const std::string& scratch) { return scratch + "/archive"; }

// Into place_of(scratch)/root. Returns the SHA-256 of the file.
std::string unpack_archive(const std::string& file, const std::string& scratch) {
  const Fd archive(::open(file.c_str(), host::kCautiousRead));
  if (!archive) throw host::cannot("open", file, errno);
  struct stat st {};
  if (::fstat(archive.get(), &st) < 0 || !S_ISREG(st.st_mode))
    throw Error(
        fmt::format("{} is {}, not an archive", printable(file), host::kind_text(st.st_mode)));
  const std::string place = place_of(scratch);
  if (::mkdir(place.c_str(), 0700) < 0) throw host::cannot("make", place, errno);
  Half half = start_half(place, std::nullopt);
  std::string sha256 = feed(archive.get(), *half.archive);
  if (end_half(std::move(half)) != 0) throw SaidAlready{};
  return sha256;
}

}  // namespace

OpenSource open_source(const Source& source, const std::string& scratch) {
  if (!source.layout.empty()) return {std::make_unique<Layout>(source.layout, source.layout), {}};
  if (source.archive.empty()) return {std::make_unique<Registry>(source.access), {}};
  std::string file = unpack_archive(source.archive, scratch);
  const std::string root = place_of(scratch) + "/root";
  if (source.docker)
    return {std::make_unique<DockerArchive>(root, printable(source.archive)), std::move(file)};
  return {std::make_unique<Layout>(root, source.archive), std::move(file)};
}

// Its directories are closed to writing, as those of every tree.
void close_source(const Source& source, const std::string& scratch) {
  if (source.archive.empty()) return;
  const fs::path place = place_of(scratch);
  std::error_code err;
  for (fs::recursive_directory_iterator it(place, err), end; !err && it != end; it.increment(err)) {
    if (!it->is_directory() || it->is_symlink()) continue;
    fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, err);
  }
  fs::remove_all(place, err);
  if (err) throw host::cannot("remove", place.native(), err.value());
}

}  // namespace devbox::image
