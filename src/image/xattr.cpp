#include "image/xattr.hpp"

#include <fmt/format.h>
#include <linux/limits.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>

#include "image/sha256.hpp"

namespace devbox::image {
namespace {

constexpr std::string_view kUser = "user.";
constexpr std::string_view kOverlay = "user.overlay.";
constexpr std::string_view kCapability = "security.capability";

// ext4 has one block of 4 KiB for all of an inode's, with a head, and may have a label of the
// host's there.
constexpr std::size_t kMostOnDisk = 3500;
constexpr std::size_t kHeadOnDisk = 16;  // of each attribute
constexpr std::size_t kRounding = 3;     // of a name and of a value, to a multiple of 4

std::size_t size_on_disk(const Xattr& xattr) {
  return kHeadOnDisk + xattr.name.size() + xattr.value.size() + 2 * kRounding;
}

bool is_user(std::string_view name) { return name.starts_with(kUser); }

// Keeps none at all (ENOTSUP), or has switched them off.
bool is_unsupported(int err) { return err == EOPNOTSUPP || err == ENOSYS; }

kernel::Sys<std::string> value_of(int file, const char* name) {
  std::string value(kMostXattrValue, '\0');
  const ssize_t size = ::fgetxattr(file, name, value.data(), value.size());
  if (size < 0) return {{}, errno};
  value.resize(static_cast<std::size_t>(size));
  return {std::move(value), 0};
}

}  // namespace

bool is_recorded(EntryKind kind, std::string_view name) {
  // No header of an archive can hold an equals sign in a name, and no system call a NUL.
  if (name.size() > kMostXattrName || name.find_first_of(std::string_view("=\0", 2)) != name.npos)
    return false;
  if (name == kCapability) return kind == EntryKind::file;
  const bool can_have = kind == EntryKind::file || kind == EntryKind::directory;
  return can_have && is_user(name) && name.size() > kUser.size() && !name.starts_with(kOverlay);
}

bool are_recorded(EntryKind kind, const Xattrs& xattrs) {
  const auto is_none = [&](const Xattr& xattr) {
    return xattr.value.size() > kMostXattrValue || !is_recorded(kind, xattr.name);
  };
  const auto is_before = [](const Xattr& a, const Xattr& b) { return a.name >= b.name; };
  return xattrs.size() <= kMostXattrs && std::none_of(xattrs.begin(), xattrs.end(), is_none) &&
         std::adjacent_find(xattrs.begin(), xattrs.end(), is_before) == xattrs.end();
}

Xattrs xattrs_on_disk(const Entry& entry) {
  Xattrs found;
  std::size_t size = 0;
  for (const Xattr& xattr : entry.xattrs) {
    if (!is_user(xattr.name)) continue;
    size += size_on_disk(xattr);
    found.push_back(xattr);
  }
  if (size > kMostOnDisk) found.clear();
  return found;
}

int set_xattrs(int file, const Xattrs& xattrs) {
  for (const auto& [name, value] : xattrs) {
    if (::fsetxattr(file, name.c_str(), value.data(), value.size(), 0) == 0) continue;
    return is_unsupported(errno) ? 0 : errno;
  }
  return 0;
}

kernel::Sys<std::optional<Xattrs>> xattrs_of(int file) {
  // Most have none, and are asked once.
  char few[256];
  std::string many;
  char* names = few;
  ssize_t size = ::flistxattr(file, few, sizeof few);
  if (size < 0 && errno == ERANGE) {
    many.resize(XATTR_LIST_MAX);
    names = many.data();
    size = ::flistxattr(file, names, many.size());
  }
  if (size < 0) return {std::nullopt, is_unsupported(errno) ? 0 : errno};
  Xattrs found;
  for (const char* name = names; name < names + size; name += std::string_view(name).size() + 1) {
    if (!is_user(name)) continue;
    kernel::Sys<std::string> value = value_of(file, name);
    if (value.err != 0) return {std::nullopt, value.err};
    found.push_back({name, std::move(value.value)});
  }
  std::sort(found.begin(), found.end());
  return {std::move(found), 0};
}

std::string digest_of(const Xattrs& xattrs) {
  Sha256 hash;
  for (const auto& [name, value] : xattrs) {
    const std::string head = fmt::format("{} {}\n", name.size(), value.size());
    for (const std::string_view part :
         {std::string_view(head), std::string_view(name), std::string_view(value)})
      hash.add(part.data(), part.size());
  }
  return hash.hex();
}

bool has_xattrs_of(const std::optional<Xattrs>& found, const Entry& entry) {
  if (!found) return true;
  return entry.xattrs.empty() ? found->empty() : *found == xattrs_on_disk(entry);
}

}  // namespace devbox::image
