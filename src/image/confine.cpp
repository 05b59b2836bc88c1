#include "image/confine.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/failure.hpp"
#include "kernel/file.hpp"
#include "kernel/mount.hpp"
#include "kernel/privilege.hpp"
#include "kernel/seccomp.hpp"
#include "util/fd.hpp"

namespace devbox::image {
namespace {

using kernel::Step;

template <class T>
T require(const kernel::Sys<T>& result, Step step, const std::string& subject) {
  if (!result) throw host::failure(step, result.err, subject);
  return result.value;
}

void write_map(const char* file, Step step, const std::string& text) {
  require(kernel::write_existing(file, text.data(), text.size()), step, text);
}

void enter_namespaces() {
  const auto uid = ::geteuid();
  const auto gid = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC) < 0)
    throw host::failure(Step::clone, errno, "to unpack an image in");
  write_map("/proc/self/setgroups", Step::setgroups, "deny");
  write_map("/proc/self/uid_map", Step::uid_map, fmt::format("{0} {0} 1\n", uid));
  write_map("/proc/self/gid_map", Step::gid_map, fmt::format("{0} {0} 1\n", gid));
}

void enter(const std::string& directory, Reach reach) {
  constexpr std::uint64_t kPlain = kernel::kNoSuid | kernel::kNoDev | kernel::kNoExec;
  const std::uint64_t attributes = reach == Reach::read ? kPlain | kernel::kReadOnly : kPlain;
  const Fd place(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place) throw host::failure(Step::open_source, errno, directory);
  const Fd root(require(kernel::clone_tree(place.get(), "", kernel::Depth::recursive),
                        Step::open_tree, directory));
  const kernel::Done set = kernel::set_attributes(root.get(), attributes, kernel::Depth::recursive);
  if (set.err != ENOSYS) require(set, Step::mount_attributes, directory);  // 5.10 does without
  require(kernel::attach(root.get(), place.get(), ""), Step::move_mount, directory);
  require(kernel::enter_root(root.get()), Step::pivot_root, directory);
}

void limit_memory() {
  constexpr rlim_t kMost = rlim_t{4} << 30U;  // xz -9 wants 64 MiB, the names of a tree 500
  const struct rlimit limit { kMost, kMost };
  ::setrlimit(RLIMIT_AS, &limit);  // cannot fail: it only ever lowers
}

}  // namespace

void confine(const std::string& directory, Reach reach) {
  // capabilities(7): of files whose owner is mapped here, which are this user's own.
  const std::uint64_t kept = reach == Reach::read ? 1U << CAP_DAC_READ_SEARCH : 0;
  enter_namespaces();
  enter(directory, reach);
  limit_memory();
  require(kernel::set_no_new_privs(), Step::no_new_privs, "");
  require(kernel::keep_capabilities(kept), Step::capabilities, "");
  require(kernel::install_filter(kernel::Filter::strict), Step::seccomp, "");
}

}  // namespace devbox::image
