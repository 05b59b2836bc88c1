#include "store/rootfs.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/files.hpp"
#include "host/terminfo.hpp"
#include "store/locale.hpp"
#include "store/tree.hpp"
#include "util/path.hpp"

namespace devbox::store {
namespace {

constexpr std::size_t kMaxSmallFile = std::size_t{1024} * 1024;

bool is_program(const Tree& tree, const std::string& path) {
  const unsigned mode = tree.mode(path);
  return S_ISREG(mode) && (mode & 0111) != 0;
}

std::string read_at(int fd, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t used = 0;
  while (used < size) {
    const ssize_t got =
        ::pread(fd, bytes.data() + used, size - used, static_cast<off_t>(offset + used));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    used += static_cast<std::size_t>(got);
  }
  bytes.resize(used);
  return bytes;
}

// The archive may have 200 MB; its header and its names are all that is read.
bool is_in_archive(const Tree& tree, std::string_view normal_name) {
  const TreeFile archive = tree.open("usr/lib/locale/locale-archive");
  struct stat st {};
  if (!archive.fd || ::fstat(archive.fd.get(), &st) != 0) return false;
  const std::string header = read_at(archive.fd.get(), 0, kArchiveHeaderSize);
  const auto area = string_area(header, static_cast<std::uint64_t>(st.st_size));
  return area && holds_name(read_at(archive.fd.get(), area->offset, area->size), normal_name);
}

bool has_locale(const Tree& tree, const std::string& name) {
  if (is_builtin_locale(name)) return true;
  if (name.front() == '.' || name.find('/') != std::string::npos)
    return false;  // no name of a locale
  const std::string normal = normal_locale(name);
  return S_ISDIR(tree.mode("usr/lib/locale/" + normal)) ||
         S_ISDIR(tree.mode("usr/lib/locale/" + name)) || is_in_archive(tree, normal);
}

bool has_terminfo(const Tree& tree, const std::string& term) {
  const std::vector<std::string> names = host::terminfo_names(term);
  for (const char* directory :
       {"etc/terminfo", "lib/terminfo", "usr/lib/terminfo", "usr/share/terminfo"}) {
    for (const std::string& name : names) {
      if (S_ISREG(tree.mode(fmt::format("{}/{}", directory, name)))) return true;
    }
  }
  return names.empty();  // not asked, or by nothing that could name an entry
}

void add_listing(Rootfs& rootfs, const Tree& tree, const Walk& found) {
  if (rootfs.listings.contains(found.place.parent)) return;
  try {
    rootfs.listings.emplace(found.place.parent, tree.list(found));
  } catch (const Error&) {
    // /home is often 0711: whoever mounts on a name that is there needs no list of the others.
    if (found.place.node.kind == NodeKind::missing) throw;
  }
}

std::optional<std::string> read_small(const Tree& tree, const std::string& path) {
  const TreeFile file = tree.open(path);
  if (file.err == ENOENT || file.err == ELOOP || file.err == ENAMETOOLONG) return std::nullopt;
  if (file.err != 0) throw tree.failed("read", path, file.err);
  host::Contents contents = host::contents(file.fd.get(), kMaxSmallFile);
  if (contents.too_long) return std::nullopt;
  if (contents.err != 0) throw tree.failed("read", path, contents.err);
  return std::move(contents.bytes);
}

}  // namespace

Rootfs survey(const std::string& directory, const Survey& survey) {
  const Tree tree(directory);
  Rootfs rootfs;
  rootfs.directory = tree.directory();
  rootfs.owner = tree.owner();
  rootfs.listings.emplace("/", tree.list(tree.walk("/", LastLink::keep)));
  for (const std::string& target : survey.targets) {
    Walk found = tree.walk(target, LastLink::keep);
    if (found.err != 0) throw tree.failed("look at", target, found.err);
    if (survey.listings == Listings::parents) add_listing(rootfs, tree, found);
    rootfs.places.insert_or_assign(target, std::move(found.place));
  }
  for (const std::string& program : survey.programs) {
    const auto [place, is_new] = rootfs.programs.try_emplace(program, false);
    if (is_new) place->second = is_program(tree, program);
  }
  for (const std::string& file : survey.files)
    rootfs.files.insert_or_assign(file, read_small(tree, file));
  rootfs.has_locale = has_locale(tree, survey.locale);
  rootfs.has_terminfo = has_terminfo(tree, survey.term);
  rootfs.has_zone =
      !survey.zone.empty() && S_ISREG(tree.mode(path::join("usr/share/zoneinfo", survey.zone)));
  return rootfs;
}

}  // namespace devbox::store
