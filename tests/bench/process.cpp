#include "process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "failure.hpp"

namespace devbox::bench {
namespace {

volatile sig_atomic_t interrupted = 0;

void remember(int) { interrupted = 1; }

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// The owner of posix_spawn(3)'s list: where the new process finds its streams and stands.
class FileActions {
 public:
  FileActions(const std::string& log, const std::string& cwd) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                       0600);
    if (!cwd.empty()) ::posix_spawn_file_actions_addchdir_np(&actions_, cwd.c_str());
  }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// Field 2 is in parentheses and may hold anything, also ")"; 3 is the state, 4 the parent.
bool read_stat(const char* pid, ProcessEntry& entry) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line)) return false;
  const std::size_t open = line.find('(');
  const std::size_t close = line.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 4 > line.size())
    return false;
  entry.pid = std::atoi(pid);
  entry.name = line.substr(open + 1, close - open - 1);
  entry.parent = std::atoi(line.c_str() + close + 4);
  return true;
}

enum class Reaped { one, none_yet, no_child };

Reaped reap(int flags) {
  const pid_t pid = ::waitpid(-1, nullptr, flags | __WALL);
  if (pid > 0) return Reaped::one;
  return pid < 0 && errno == ECHILD ? Reaped::no_child : Reaped::none_yet;
}

}  // namespace

std::string find_program(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t end = rest.find(':');
    std::string file = rest.substr(0, end) + "/" + program;
    if (::access(file.c_str(), X_OK) == 0) return file;
    rest = end == std::string::npos ? "" : rest.substr(end + 1);
  }
  return {};
}

double now() {
  struct timespec time {};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = remember;  // without SA_RESTART: a wait is to return
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

void throw_if_interrupted() {
  if (interrupted != 0) throw Interrupted();
}

std::vector<ProcessEntry> processes() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc"), &::closedir);
  if (!directory) throw Failure("cannot list /proc");
  std::vector<ProcessEntry> all;
  while (const dirent* found = ::readdir(directory.get())) {
    ProcessEntry entry{};
    const bool is_pid = found->d_name[0] >= '1' && found->d_name[0] <= '9';
    if (is_pid && read_stat(found->d_name, entry)) all.push_back(std::move(entry));
  }
  return all;
}

Family::Family(std::string log) : log_(std::move(log)) {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
    throw Failure(fmt::format("prctl(PR_SET_CHILD_SUBREAPER): {}", std::strerror(errno)));
}

Family::~Family() {
  try {
    end_all();
  } catch (const std::exception& error) {
    std::fputs(fmt::format("bench: {}\n", error.what()).c_str(), stderr);
  }
}

pid_t Family::start(const Command& command) const {
  const FileActions actions(log_, command.cwd);
  const std::vector<char*> argv = pointers(command.argv);
  const std::vector<char*> env = pointers(command.env);
  pid_t pid = -1;
  const int err = ::posix_spawn(&pid, argv[0], actions.get(), nullptr, argv.data(), env.data());
  if (err != 0) throw Failure(fmt::format("cannot start {}: {}", argv[0], std::strerror(err)));
  return pid;
}

double Family::run_ms(const Command& command) const { return run(command).ms; }

Run Family::run(const Command& command) const {
  throw_if_interrupted();
  const double begun = now();
  const pid_t pid = start(command);
  int status = 0;
  struct rusage usage {};
  while (::wait4(pid, &status, 0, &usage) < 0) {
    if (errno != EINTR) throw Failure(fmt::format("wait4: {}", std::strerror(errno)));
    throw_if_interrupted();
  }
  const double ended = now();
  throw_if_interrupted();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    std::string line;
    for (const std::string& argument : command.argv) line += " " + argument;
    fail(fmt::format("wait status {:#x} of{}", status, line));
  }
  return {ended - begun, usage.ru_maxrss};
}

void Family::fail(const std::string& what) const {
  std::ostringstream said;
  said << std::ifstream(log_).rdbuf();
  throw Failure(what + "\n" + said.str());
}

int Family::end_all() const {
  while (reap(WNOHANG) == Reaped::one) {
  }
  for (int ended = 0;; ::usleep(500)) {
    bool any = false;
    for (const ProcessEntry& entry : processes()) {
      if (entry.parent != ::getpid()) continue;
      any = true;
      ::kill(entry.pid, SIGKILL);
    }
    if (!any) return ended;
    // Not waited for: an orphan of one that was killed becomes ours, and may never end by itself.
    while (reap(WNOHANG) == Reaped::one) ++ended;
  }
}

int Family::wait_for_all(double ms) const {
  const double until = now() + ms;
  while (now() < until) {
    throw_if_interrupted();
    const Reaped reaped = reap(WNOHANG);
    if (reaped == Reaped::no_child) return 0;
    if (reaped == Reaped::none_yet) ::usleep(500);
  }
  int left = 0;
  for (const ProcessEntry& entry : processes()) left += entry.parent == ::getpid() ? 1 : 0;
  return left;
}

}  // namespace devbox::bench
