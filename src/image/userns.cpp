#include "image/userns.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "host/failure.hpp"
#include "kernel/file.hpp"

namespace devbox::image {
namespace {

using kernel::Step;

void write_map(const char* file, Step step, const std::string& text) {
  host::or_throw(kernel::write_existing(file, text.data(), text.size()), step, text);
}

}  // namespace

void enter_user_namespace(uid_t uid, gid_t gid, int flags, const char* subject) {
  const uid_t own_uid = ::geteuid();
  const gid_t own_gid = ::getegid();
  if (::unshare(CLONE_NEWUSER | flags) < 0) throw host::failure(Step::clone, errno, subject);
  write_map("/proc/self/setgroups", Step::setgroups, "deny");
  write_map("/proc/self/uid_map", Step::uid_map, fmt::format("{} {} 1\n", uid, own_uid));
  write_map("/proc/self/gid_map", Step::gid_map, fmt::format("{} {} 1\n", gid, own_gid));
}

}  // namespace devbox::image
