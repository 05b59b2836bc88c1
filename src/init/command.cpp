#include "init/command.hpp"

#include <asm/errno.h>
#include <asm/signal.h>

#include "kernel/step.hpp"

namespace devbox::init {
namespace {

constexpr unsigned kLastFd = ~0U;

void close_range(unsigned first, unsigned last) noexcept {
  if (first > last) return;
  if (raw(__NR_close_range, first, last, 0) != -ENOSYS) return;
  // Below Linux 5.9. The launcher has closed what it inherited; what is left is ours, and low.
  for (unsigned fd = first; fd <= last && fd < 1024; ++fd) raw(__NR_close, fd);
}

// `keep` is "3,7" in ascending order, or "-".
void close_all_but(const char* keep) noexcept {
  unsigned first = 3;
  for (const char* p = keep; *p >= '0' && *p <= '9';) {
    unsigned fd = 0;
    while (*p >= '0' && *p <= '9') fd = fd * 10 + static_cast<unsigned>(*p++ - '0');
    if (*p == ',') ++p;
    if (fd > first) close_range(first, fd - 1);
    if (fd >= first) first = fd + 1;
  }
  close_range(first, kLastFd);
}

const char* variable(char** envp, const char* name) noexcept {
  const size_t n = length(name);
  for (; *envp != nullptr; ++envp) {
    size_t i = 0;
    while (i < n && (*envp)[i] == name[i]) ++i;
    if (i == n && (*envp)[n] == '=') return *envp + n + 1;
  }
  return nullptr;
}

// Whether the shell should read it: by its first line, as bash decides. Anything else would be
// executed as commands that nobody wrote.
bool is_text(const char* path) noexcept {
  constexpr int kWorkingDirectory = -100;                 // AT_FDCWD
  constexpr int kCautiousRead = 0x80000 | 0x800 | 0x100;  // O_CLOEXEC | O_NONBLOCK | O_NOCTTY
  static constexpr char kElf[] = {'\x7f', 'E', 'L', 'F'};
  static char line[128];
  const long fd = raw(__NR_openat, kWorkingDirectory, path, kCautiousRead);
  if (fd < 0) return false;
  const long n = raw(__NR_read, fd, line, sizeof line);
  raw(__NR_close, fd);
  long same = 0;
  while (same < 4 && same < n && line[same] == kElf[same]) ++same;
  for (long i = 0; i < n && line[i] != '\n'; ++i) {
    if (line[i] == '\0') return false;
  }
  return n >= 0 && same < 4;
}

long execute(const char* path, Command& command) noexcept {
  long result = raw(__NR_execve, path, command.argv + kBoxArgv0, command.envp);
  // A script without #!: execvp(3) gives it to the shell.
  if (result == -ENOEXEC && is_text(path)) {
    static char shell[] = "/bin/sh";
    command.argv[kBoxFile] = shell;
    command.argv[kBoxArgv0] = const_cast<char*>(path);
    result = raw(__NR_execve, shell, command.argv + kBoxFile, command.envp);
    if (result == -ENOENT) result = -ENOEXEC;
  }
  if (result == -ENOENT && raw(__NR_faccessat, -100, path, 0) == 0) command.index = 1;
  return result;
}

// "DIRECTORY/FILE" into `to`, or FILE alone where the directory is empty (which is the working
// one); false where it does not fit.
bool join(char* to, size_t size, const char* directory, size_t directory_bytes,
          const char* file) noexcept {
  const size_t file_bytes = length(file) + 1;
  if (directory_bytes + 1 + file_bytes > size) return false;
  for (size_t i = 0; i < directory_bytes; ++i) *to++ = directory[i];
  if (directory_bytes != 0) *to++ = '/';
  for (size_t i = 0; i < file_bytes; ++i) *to++ = file[i];
  return true;
}

// What of a failure lets the search go on.
bool may_be_elsewhere(long result) noexcept {
  return result == -ENOENT || result == -ENOTDIR || result == -EACCES;
}

// execvp(3): every directory of PATH in turn; a file that may not be executed is remembered.
long execute_in_path(const char* file, Command& command) noexcept {
  static char path[4096];
  const char* p = variable(command.envp, "PATH");
  if (p == nullptr) p = "/usr/bin:/bin";
  long remembered = -ENOENT;
  for (;;) {
    size_t n = 0;
    while (p[n] != '\0' && p[n] != ':') ++n;
    if (join(path, sizeof path, p, n, file)) {
      const long result = execute(path, command);
      if (command.index == 1 || !may_be_elsewhere(result)) return result;
      if (result == -EACCES) remembered = result;
    }
    if (p[n] == '\0') return remembered;
    p += n + 1;
  }
}

// "7:1024:4096,4:0:0": what of setrlimit(2) this process gets.
long set_rlimits(const char* list) noexcept {
  struct {
    uint64_t soft, hard;
  } limit{};
  for (const char* p = list; *p >= '0' && *p <= '9';) {
    const uint64_t resource = take_number(p);
    limit.soft = take_number(p);
    limit.hard = take_number(p);
    const long result = raw(__NR_prlimit64, 0, resource, &limit, nullptr);
    if (result < 0) return result;
  }
  return 0;
}

[[noreturn]] void fail(Command& command, kernel::Step step, long result) noexcept {
  command.step = static_cast<int>(step);
  command.err = static_cast<int>(-result);
  leave(127);
}

// In the new process, which shares our memory until it execs; its descriptors are its own.
[[noreturn]] __attribute__((noinline)) void become(Command& command) noexcept {
  raw(__NR_setpgid, 0, 0);
  // Who joins a box has a supervisor that the box can kill (prctl(2), PR_SET_PDEATHSIG).
  if (command.argv[kRole][0] == kJoinRole[0]) raw(__NR_prctl, 1, SIGKILL);
  if (command.tty >= 0) set_foreground_group(command.tty, static_cast<int>(raw(__NR_getpid)));
  // Before the working directory: through an open directory, /proc/self/fd/N would lead out of the
  // box.
  close_all_but(command.argv[kBoxPass]);
  if (const long result = raw(__NR_chdir, command.argv[kBoxCwd]); result < 0) {
    fail(command, kernel::Step::working_directory, result);
  }
  if (const long result = set_rlimits(command.argv[kBoxRlimits]); result < 0)
    fail(command, kernel::Step::rlimit, result);
  set_mask(command.mask);
  const char* file = command.argv[kBoxFile];
  bool has_slash = false;
  for (const char* p = file; *p != '\0'; ++p) has_slash |= *p == '/';
  const long result = has_slash ? execute(file, command) : execute_in_path(file, command);
  set_mask(kAllSignals);
  fail(command, kernel::Step::exec_command, result);
}

}  // namespace

int start(Command& command) noexcept {
  constexpr unsigned long kVforkVm = 0x4000 | 0x100;  // CLONE_VFORK | CLONE_VM: no page is copied
  constexpr unsigned long kSigchld = 17;
  // The child runs on this stack below this frame while we are suspended, and never returns from
  // here.
  const long pid = raw(__NR_clone, kVforkVm | kSigchld, 0, 0, 0, 0);
  if (pid == 0) become(command);
  if (pid < 0) {
    command.step = static_cast<int>(kernel::Step::exec_command);
    command.err = static_cast<int>(-pid);
    return -1;
  }
  return command.err != 0 ? -1 : static_cast<int>(pid);
}

}  // namespace devbox::init
