#include "store/directories.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "host/cannot.hpp"
#include "host/probe.hpp"
#include "store/digest.hpp"
#include "store/owned.hpp"
#include "store/remove_tree.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

constexpr std::size_t kMostManifest = std::size_t{1} << 30;
constexpr const char* kBeing = "directories.new";

struct Directory {
  std::string path;  // relative; empty: the tree itself
  unsigned mode = 0;
};

Error damaged(const std::string& manifest, std::string_view line) {
  return Error(fmt::format("the manifest {} is damaged at {}", printable(manifest),
                           printable(std::string(line))),
               "remove the tree that it belongs to, and `devbox pull` it again");
}

// image/manifest.cpp, escaped(): "\xHH" for what is not plain.
std::string unescaped(std::string_view text) {
  if (text == ".") return {};
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const bool is_escape = text.substr(i, 2) == "\\x" && i + 4 <= text.size();
    if (is_escape) std::from_chars(text.data() + i + 2, text.data() + i + 4, byte, 16);
    out += is_escape ? static_cast<char>(byte) : text[i];
    if (is_escape) i += 3;
  }
  return out;
}

// Whether it can be made below another directory: no component leads elsewhere.
bool is_below(const std::string& path) {
  return path.empty() || path::normal("/" + path) == "/" + path;
}

// "d MODE UID GID MTIME PATH". A parent comes before what is in it.
std::vector<Directory> directories_in(const std::string& manifest) {
  const std::string bytes = host::read_file(manifest, kMostManifest);
  std::vector<Directory> found;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (!line.starts_with("d ")) continue;
    const std::vector<std::string> fields = split(line, ' ');
    if (fields.size() != 6) throw damaged(manifest, line);
    Directory directory{unescaped(fields[5]), 0};
    const std::string& mode = fields[1];
    const auto read = std::from_chars(mode.data(), mode.data() + mode.size(), directory.mode, 8);
    const bool is_mode =
        read.ec == std::errc() && read.ptr == mode.data() + mode.size() && directory.mode <= 07777;
    if (!is_mode || !is_below(directory.path)) throw damaged(manifest, line);
    found.push_back(std::move(directory));
  }
  return found;
}

std::string in_layer(const Directory& directory) {
  return directory.path.empty() ? kBeing : path::join(kBeing, directory.path);
}

// Modes last, and from the deepest: one may be closed to us.
void make_all(int beside, const std::vector<Directory>& all, const std::string& shown) {
  for (const Directory& directory : all) {
    if (::mkdirat(beside, in_layer(directory).c_str(), 0700) < 0)
      throw host::cannot("make the directory", path::join(shown, directory.path), errno);
  }
  for (std::size_t i = all.size(); i-- > 0;) {
    if (::fchmodat(beside, in_layer(all[i]).c_str(), all[i].mode, 0) < 0)
      throw host::cannot("set the mode of", path::join(shown, all[i].path), errno);
  }
}

}  // namespace

std::string directories_of(const std::string& tree, const std::string& data) {
  const std::string pinned = path::parent(tree);
  const bool is_pinned =
      path::is_within(tree, data) && !has_owners(tree, data) && is_digest(path::filename(pinned));
  return is_pinned ? path::join(pinned, "directories") : std::string();
}

void make_directories_of(const std::string& layer) {
  if (::access(layer.c_str(), F_OK) == 0) return;
  const std::string above = path::parent(layer);
  const std::string lock_path = layer + ".lock";
  const Fd beside(::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!beside) throw host::cannot("open", above, errno);
  const Fd lock(::openat(beside.get(), path::filename(lock_path).c_str(),
                         O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock || ::flock(lock.get(), LOCK_EX) < 0) throw host::cannot("lock", lock_path, errno);
  if (::access(layer.c_str(), F_OK) == 0) return;
  remove_tree(beside.get(), kBeing);  // of one that was killed
  try {
    make_all(beside.get(), directories_in(path::join(above, "manifest")), layer);
    if (::renameat(beside.get(), kBeing, beside.get(), path::filename(layer).c_str()) < 0)
      throw host::cannot("publish", layer, errno);
  } catch (...) {
    remove_tree(beside.get(), kBeing);
    throw;
  }
}

}  // namespace devbox::store
