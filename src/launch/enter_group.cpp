#include "launch/enter_group.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "host/helper.hpp"
#include "launch/group.hpp"
#include "scope/protocol.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::launch {
namespace {

// Below a group that is divided: that cannot hold processes itself (cgroups(7), "no internal
// processes" rule).
constexpr const char* kBelow = "devbox-joined";

// 0, or the errno.
int move(const std::string& group, pid_t pid) {
  const Fd file(::open(path::join(group, "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  const std::string text = std::to_string(pid);
  if (!file || ::write(file.get(), text.data(), text.size()) < 0) return errno;
  return 0;
}

void ask_manager(const Record& box, pid_t pid, const std::string& scope) {
  const host::Helped helped =
      host::run_helper({scope, std::string(scope::kAttach), box.unit, std::to_string(pid)},
                       STDIN_FILENO, [](std::string_view) {}, {"XDG_RUNTIME_DIR=" + box.manager});
  if (helped.status == 0) return;
  const auto [why, fix] = why_no_scope(helped, box.manager);
  throw Error(fmt::format("cannot put a command under the limits of the box {}: {}",
                          printable(box.id), why),
              fix);
}

}  // namespace

void enter_group(const Record& box, pid_t pid, const std::string& scope) {
  int err = move(box.group, pid);
  if (err == EBUSY) {
    const std::string below = path::join(box.group, kBelow);
    if (::mkdir(below.c_str(), 0755) < 0 && errno != EEXIST)
      throw host::cannot("make the cgroup", below, errno);
    err = move(below, pid);
  }
  if (err == 0) return;
  if (box.unit.empty() || (err != EACCES && err != EPERM))
    throw host::cannot("move a command into the cgroup", box.group, err);
  ask_manager(box, pid, scope);
}

}  // namespace devbox::launch
