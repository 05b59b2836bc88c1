// Extended attributes (xattr(7)) of what an image holds: which of them a tree has, and where.
//
// Recorded are those that are part of what the image says, whatever machine it is on; podman and
// buildah keep the same two:
//
//   user.*               of directories and files; the kernel allows it on nothing else
//   security.capability  of files (capabilities(7), "File capabilities")
//
// Left out are
//
//   user.overlay.*       what an overlay of a user's writes on its layers ("userxattr"): in a tree
//                        it would hide what is below it from a box whose root can be written
//   trusted.*            the same of root's overlays; only root of a machine sees them
//   security.selinux, .ima, .evm and the rest
//                        labels and signatures by one machine's policy and keys
//   system.posix_acl_*   they name that machine's users, and give what the mode does not
//
// On disk are the user.* ones alone: a capability is recorded and not applied, as a setuid bit is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "image/manifest.hpp"
#include "kernel/sys.hpp"

namespace devbox::image {

// xattr(7), "Extended attributes"; XATTR_NAME_MAX and XATTR_SIZE_MAX of <linux/limits.h>.
inline constexpr std::size_t kMostXattrName = 255;
inline constexpr std::size_t kMostXattrValue = std::size_t{64} << 10U;
inline constexpr std::size_t kMostXattrs = 128;  // of one entry

// Whether such an entry can have one of that name in a tree.
bool is_recorded(EntryKind kind, std::string_view name);

// Whether they are sorted by name, each name once, and each within these limits and recorded.
bool are_recorded(EntryKind kind, const Xattrs& xattrs);

// Those that the entry has on disk: none where they are together more than ext4 has room for, as
// what is on disk must not depend on the file system that the store is on.
Xattrs xattrs_on_disk(const Entry& entry);

// Gives them to a file or directory that is open and may be written. A file system that keeps none
// is let be. Returns an errno.
int set_xattrs(int file, const Xattrs& xattrs);

// The user.* ones of what is open; std::nullopt where the file system keeps none; or an errno.
kernel::Sys<std::optional<Xattrs>> xattrs_of(int file);

// SHA-256 in hex: the same for the same, and for no others.
std::string digest_of(const Xattrs& xattrs);

// Whether what was found on disk is what it must be. A file system that keeps none is let be.
bool has_xattrs_of(const std::optional<Xattrs>& found, const Entry& entry);

}  // namespace devbox::image
