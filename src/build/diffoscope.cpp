#include "build/diffoscope.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "host/cannot.hpp"
#include "host/process.hpp"
#include "host/programs.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace devbox::build {
namespace {

using std::chrono::milliseconds;

// In our process group, so that ^C reaches it and what it starts.
pid_t start(const std::vector<std::string>& argv) {
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  pid_t pid = -1;
  const int err = ::posix_spawn(&pid, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (err != 0) throw host::cannot("start", argv[0], err);
  return pid;
}

// Whether the process has ended by then.
bool has_ended(int process, milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    struct pollfd ended {
      process, POLLIN, 0
    };
    const int ready =
        ::poll(&ended, 1, static_cast<int>(std::max<milliseconds::rep>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) throw host::cannot("wait for", "diffoscope", errno);
  }
}

}  // namespace

std::optional<std::string> diffoscope(const std::string& first, const std::string& second,
                                      const std::string& log_path, std::chrono::seconds limit) {
  constexpr const char* kMostReport = "16777216";  // bytes
  constexpr milliseconds kToEnd{2000};
  const std::string program = host::find_program("diffoscope");
  if (program.empty()) return std::nullopt;
  const host::KeepStatus keep_status;
  const pid_t pid =
      start({program, "--text", log_path, "--max-report-size", kMostReport, "--", first, second});
  host::Child child(pid);  // killed at the latest here
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) throw host::cannot("wait for", "diffoscope", errno);
  if (!has_ended(process.get(), limit)) {
    ::kill(pid, SIGTERM);  // then it ends what it has started, and removes what it has unpacked
    has_ended(process.get(), kToEnd);
    return fmt::format("diffoscope was ended after {} s", limit.count());
  }
  constexpr int kDiffer = 1;  // diffoscope(1), "EXIT STATUS"; 2 and more: it failed
  const int status = child.wait();
  if (status > kDiffer)
    return fmt::format("diffoscope failed, with status {}; what it said is above", status);
  return fmt::format("what diffoscope says is in {}", printable(log_path));
}

}  // namespace devbox::build
