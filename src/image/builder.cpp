#include "image/builder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "host/cannot.hpp"
#include "host/failure.hpp"
#include "host/mapped.hpp"
#include "host/process.hpp"
#include "image/userns.hpp"
#include "kernel/mount.hpp"
#include "kernel/privilege.hpp"
#include "kernel/seccomp.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace devbox::image {
namespace {

using kernel::Step;

constexpr const char* kPurpose = "to make a root filesystem in";

void new_namespaces(int flags) {
  if (::unshare(flags) < 0) throw host::failure(Step::clone, errno, kPurpose);
}

void become_root() {
  if (::setgroups(0, nullptr) < 0 || ::setresgid(0, 0, 0) < 0 || ::setresuid(0, 0, 0) < 0)
    throw host::cannot("become", "root of the namespace", errno);
}

Fd directory(const std::string& path) {
  Fd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) throw host::failure(Step::open_source, errno, path);
  return fd;
}

Fd copy_of(const std::string& path) {
  const Fd place = directory(path);
  return Fd(host::or_throw(kernel::clone_tree(place.get(), "", kernel::Depth::recursive),
                           Step::open_tree, path));
}

Fd tmpfs(std::uint64_t bytes, const char* mode) {
  const std::string size = std::to_string(bytes);
  const kernel::Parameter parameters[] = {{"mode", mode}, {"size", size.c_str()}};
  return Fd(host::or_throw(kernel::new_filesystem("tmpfs", parameters, 2, kernel::kNoSuid),
                           Step::tmpfs, "the place to build in"));
}

void attach(const Fd& mount, const std::string& target) {
  const Fd place = directory(target);
  host::or_throw(kernel::attach(mount.get(), place.get(), ""), Step::move_mount, target);
}

// Nothing that a package runs finds the user's home, even where it leaves its chroot.
void cover(const std::string& home) {
  if (home.empty() || home == "/" || ::access(home.c_str(), F_OK) != 0) return;
  attach(tmpfs(4096, "0755"), home);
}

void arrange(const Build& build) {
  const Fd exchange = copy_of(build.exchange);
  const Fd scratch =
      build.scratch.empty() ? tmpfs(build.scratch_bytes, "1777") : copy_of(build.scratch);
  cover(build.home);
  attach(scratch, "/tmp");
  if (::mkdir(kExchange, 0755) < 0 && errno != EEXIST) throw host::cannot("make", kExchange, errno);
  attach(exchange, kExchange);
  // Its own processes and no others; where a container's /proc is covered, that one must do.
  const auto proc = kernel::new_filesystem("proc", nullptr, 0, 0);
  if (proc) attach(Fd(proc.value), "/proc");
}

[[noreturn]] void execute(const Build& build) {
  std::vector<char*> argv, env;
  for (const std::string& word : build.argv) argv.push_back(const_cast<char*>(word.c_str()));
  for (const std::string& word : build.env) env.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  env.push_back(nullptr);
  ::closefrom(STDERR_FILENO + 1);  // what is found is not for a package's script to say
  ::execve(argv[0], argv.data(), env.data());
  throw host::cannot("run", build.argv[0], errno);
}

bool has_ended(int gate) {
  struct pollfd end {
    gate, POLLIN, 0
  };
  return ::poll(&end, 1, 0) > 0;
}

// Each id of the namespace around to itself.
std::string identity(const std::vector<host::IdMapLine>& lines) {
  if (lines.empty()) return "0 0 1\n";
  std::string text;
  for (const host::IdMapLine& line : lines)
    text += fmt::format("{0} {0} {1}\n", line.inside, line.count);
  return text;
}

// A second user namespace, in which every mount is locked: no script that leaves its chroot takes
// off what covers the home directory (mount_namespaces(7), "Restrictions on mount namespaces").
// `self` is this process's directory in a /proc that shows it to those outside too.
void lock_mounts(const Build& build, int self) {
  host::enter_namespaces(CLONE_NEWNS, kPurpose, [&](pid_t) {
    const auto write = [&](const char* file, Step step, const std::string& text) {
      const Fd map(::openat(self, file, O_WRONLY | O_CLOEXEC));
      if (!map || ::write(map.get(), text.data(), text.size()) < 0)
        throw host::failure(step, errno, text);
    };
    write("uid_map", Step::uid_map, identity(build.maps.uids));
    write("gid_map", Step::gid_map, identity(build.maps.gids));
  });
}

// The first process of the pid namespace: with it all others end. `outer` is a pipe to read from,
// whose other end the outer half alone has: of a parent in another pid namespace getppid(2) does
// not say that it died before prctl(2) was called.
[[noreturn]] void run_inside(const Build& build, int outer) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (has_ended(outer)) ::_exit(kNotStarted);
  // mmdebstrap ends its process group when something fails: that is not to be the caller's.
  ::setsid();
  const Fd self = directory("/proc/self");  // by its id outside: another /proc is mounted there
  arrange(build);
  lock_mounts(build, self.get());
  host::or_throw(kernel::set_no_new_privs(), Step::no_new_privs, "");
  host::or_throw(kernel::install_pretence(build.maps.uids.empty() ? kernel::Pretence::ownership
                                                                  : kernel::Pretence::devices),
                 Step::seccomp, "");
  execute(build);
}

[[noreturn]] void say_and_exit(const Error& error) {
  std::fputs(fmt::format("E: {}\n", error.message()).c_str(), stderr);
  if (!error.hint().empty()) std::fputs(fmt::format("E: hint: {}\n", error.hint()).c_str(), stderr);
  ::_exit(kNotStarted);
}

void redirect(int output, int errors) {
  const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (::dup2(nothing.get(), 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(errors, 2) < 0)
    ::_exit(kNotStarted);
}

int run_and_wait(const Build& build) {
  host::Pipe alive = host::make_pipe();
  const pid_t inner = ::fork();
  if (inner < 0) throw host::cannot("start", "a process", errno);
  if (inner == 0) {
    alive.write.reset();
    try {
      run_inside(build, alive.read.get());
    } catch (const Error& error) {
      say_and_exit(error);
    }
  }
  return host::wait_status(inner);
}

int outer_half(const Build& build, pid_t parent) {
  if (build.maps.uids.empty()) {
    enter_user_namespace(0, 0, 0, kPurpose);
  } else {
    host::enter_mapped_namespace(build.maps, build.user, 0, kPurpose);
    become_root();
  }
  new_namespaces(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // new credentials clear it (prctl(2))
  if (::getppid() != parent) return kNotStarted;
  if (::sethostname("localhost", 9) < 0) throw host::cannot("set", "the host name", errno);
  return run_and_wait(build);
}

}  // namespace

pid_t start_build(const Build& build, int output, int errors) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw host::cannot("start", "a process", errno);
  if (child == 0) {
    redirect(output, errors);
    try {
      ::_exit(outer_half(build, parent));
    } catch (const Error& error) {
      say_and_exit(error);
    }
  }
  return child;
}

}  // namespace devbox::image
