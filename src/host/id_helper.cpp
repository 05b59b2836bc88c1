#include "host/id_helper.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "host/capture.hpp"
#include "host/files.hpp"
#include "host/process.hpp"
#include "host/programs.hpp"
#include "kernel/raw.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

// A process that does nothing in a user namespace of its own until its owner ends it, or ends.
class Sleeper {
 public:
  Sleeper()
      : alive_(make_pipe()),
        pid_(static_cast<pid_t>(kernel::raw(__NR_clone, CLONE_NEWUSER | SIGCHLD))) {
    if (pid_ != 0) return;
    char byte = 0;
    alive_.write.reset();
    while (::read(alive_.read.get(), &byte, 1) < 0 && errno == EINTR) {
    }
    ::_exit(0);
  }
  ~Sleeper() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  pid_t pid() const { return pid_; }

 private:
  Pipe alive_;
  pid_t pid_;
};

// proc(5): what stands for a uid that this user namespace does not map.
bool is_unmapped(uid_t uid) {
  const std::string text = contents("/proc/sys/kernel/overflowuid", 16).bytes;
  return std::to_string(uid) + "\n" == (text.empty() ? "65534\n" : text);
}

bool maps(const char* program, pid_t pid, const IdRange& range) {
  const auto said = capture({program, std::to_string(pid), "0", std::to_string(range.start), "1"});
  return said && said->succeeded;
}

}  // namespace

IdHelper look_for_id_helper(std::string_view program) {
  IdHelper helper{std::string(program), find_program(program)};
  struct stat file {};
  struct statvfs mount {};
  if (helper.path.empty() || ::stat(helper.path.c_str(), &file) != 0) return helper;
  const bool is_setuid = (file.st_mode & S_ISUID) != 0;
  helper.is_foreign = is_setuid && is_unmapped(file.st_uid);
  helper.privileged = (is_setuid && file.st_uid == 0) ||
                      ::getxattr(helper.path.c_str(), "security.capability", nullptr, 0) > 0;
  helper.nosuid = ::statvfs(helper.path.c_str(), &mount) == 0 && (mount.f_flag & ST_NOSUID) != 0;
  return helper;
}

Refusal why_no_mapping(const IdHelper& helper, bool no_new_privs, Family family) {
  if (helper.path.empty()) return not_installed(helper.program, family);
  const std::string path = printable(helper.path);
  if (helper.is_foreign) {
    return {fmt::format("{} belongs to somebody who has no id here, as in boxes and in some "
                        "containers",
                        path),
            "start devbox outside of it, or with a map that holds root",
            {}};
  }
  if (!helper.privileged) {
    return to_reinstall(
        helper.program, family,
        fmt::format("{} is neither setuid root nor has it file capabilities", path));
  }
  if (helper.nosuid) {
    return {fmt::format("{} is on a file system that is mounted nosuid", path),
            fmt::format("mount it without nosuid, or put another {} first in PATH", helper.program),
            {}};
  }
  if (no_new_privs) {
    return {fmt::format("{} gets no privileges here: no_new_privs is set, as in boxes and in some "
                        "containers",
                        path),
            "start devbox outside of what set it; a container needs `--security-opt "
            "no-new-privileges=false`",
            {}};
  }
  return {};
}

Refusal mapping_refused(const IdHelper& helper, std::string_view said, std::string_view user) {
  return {said.empty() ? fmt::format("{} failed", helper.program) : printable(said),
          fmt::format("/etc/subuid and /etc/subgid must give {} the ranges that `getsubids` lists, "
                      "and this user namespace must hold them",
                      printable(user)),
          {}};
}

Refusal why_no_ranges(const SubordinateIds& ids, std::string_view user) {
  if (!ids.uids.empty() && !ids.gids.empty()) return {};
  const char* lacking = !ids.uids.empty() ? "gids" : !ids.gids.empty() ? "uids" : "uids and gids";
  Refusal refusal{
      fmt::format("{} has no subordinate {} (/etc/subuid, /etc/subgid)", printable(user), lacking),
      "ask for ranges in both files",
      {}};
  if (ids.add.empty()) return refusal;
  refusal.fix = fmt::format("`{}` adds them", printable(ids.add));
  refusal.commands = {ids.add};
  return refusal;
}

std::string refusing_helper(const SubordinateIds& ids) {
  const Sleeper sleeper;
  if (sleeper.pid() < 0 || ids.uids.empty() || ids.gids.empty()) return {};
  if (!maps("newuidmap", sleeper.pid(), ids.uids.front())) return "newuidmap";
  return maps("newgidmap", sleeper.pid(), ids.gids.front()) ? "" : "newgidmap";
}

}  // namespace devbox::host
