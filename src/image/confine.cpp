#include "image/confine.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "host/failure.hpp"
#include "host/mapped.hpp"
#include "image/userns.hpp"
#include "kernel/mount.hpp"
#include "kernel/privilege.hpp"
#include "kernel/seccomp.hpp"
#include "util/fd.hpp"

namespace devbox::image {
namespace {

using kernel::Step;

Fd open_place(const std::string& directory) {
  Fd place(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place) throw host::failure(Step::open_source, errno, directory);
  return place;
}

// A mount of it that is attached nowhere.
Fd copy_of(const Fd& place, const std::string& directory, Reach reach) {
  constexpr std::uint64_t kPlain = kernel::kNoSuid | kernel::kNoDev | kernel::kNoExec;
  const std::uint64_t attributes = reach == Reach::read ? kPlain | kernel::kReadOnly : kPlain;
  Fd root(host::or_throw(kernel::clone_tree(place.get(), "", kernel::Depth::recursive),
                         Step::open_tree, directory));
  const kernel::Done set = kernel::set_attributes(root.get(), attributes, kernel::Depth::recursive);
  if (set.err != ENOSYS)
    host::or_throw(set, Step::mount_attributes, directory);  // 5.10 does without
  return root;
}

void enter(const std::string& directory, Reach reach) {
  const Fd place = open_place(directory);
  const Fd root = copy_of(place, directory, reach);
  host::or_throw(kernel::attach(root.get(), place.get(), ""), Step::move_mount, directory);
  host::or_throw(kernel::enter_root(root.get()), Step::pivot_root, directory);
}

void limit_memory() {
  constexpr rlim_t kMost = rlim_t{4} << 30U;  // xz -9 wants 64 MiB, the names of a tree 500
  const struct rlimit limit { kMost, kMost };
  ::setrlimit(RLIMIT_AS, &limit);  // cannot fail: it only ever lowers
}

// capabilities(7): over files whose owner is mapped here. Without `owners` these are this user's
// own, and what makes a tree needs none.
std::uint64_t capabilities(Reach reach, const Owners& owners) {
  if (reach == Reach::read) return 1U << CAP_DAC_READ_SEARCH;
  return owners ? 1U << CAP_CHOWN | 1U << CAP_FOWNER : 0;
}

void give_up_privileges(std::uint64_t kept) {
  limit_memory();
  host::or_throw(kernel::set_no_new_privs(), Step::no_new_privs, "");
  host::or_throw(kernel::keep_capabilities(kept), Step::capabilities, "");
  host::or_throw(kernel::install_filter(kernel::Filter::strict), Step::seccomp, "");
}

void enter_namespaces(const Owners& owners, const char* purpose) {
  constexpr int kNamespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC;
  if (owners) {
    host::enter_mapped_namespace(owners->maps, owners->user, kNamespaces, purpose);
  } else {
    enter_user_namespace(::geteuid(), ::getegid(), kNamespaces, purpose);
  }
}

}  // namespace

void confine(const std::string& directory, Reach reach, const Owners& owners) {
  enter_namespaces(owners, "to unpack an image in");
  enter(directory, reach);
  give_up_privileges(capabilities(reach, owners));
}

Fd confine_to_two(const std::string& first, const std::string& second, const Owners& owners) {
  enter_namespaces(owners, "to compare files in");
  Fd other = copy_of(open_place(second), second, Reach::read);
  enter(first, Reach::read);
  give_up_privileges(capabilities(Reach::read, owners));
  return other;
}

}  // namespace devbox::image
