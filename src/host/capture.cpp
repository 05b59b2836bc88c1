#include "host/capture.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <cerrno>

#include "host/process.hpp"
#include "util/fd.hpp"

namespace devbox::host {
namespace {

constexpr int kPatienceMs = 10'000;

class FileActions {
 public:
  FileActions() noexcept { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t* get() noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

pid_t spawn(const std::vector<std::string>& argv, int output) {
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  // The pipe may itself be 0 or 2 where the caller had those closed: it is copied to 1 first.
  FileActions actions;
  ::posix_spawn_file_actions_adddup2(actions.get(), output, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(actions.get(), STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int err =
      ::posix_spawnp(&pid, arguments[0], actions.get(), nullptr, arguments.data(), environ);
  return err == 0 ? pid : -1;
}

// Everything up to the end of the pipe; std::nullopt where it is too long or too late.
std::optional<std::string> drain(int fd, std::size_t max_bytes) {
  std::string text;
  char buffer[65536];
  while (text.size() <= max_bytes) {
    pollfd ready{fd, POLLIN, 0};
    const int polled = ::poll(&ready, 1, kPatienceMs);
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) return std::nullopt;
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Captured> capture(const std::vector<std::string>& argv, std::size_t max_bytes) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const Fd output(ends[0]);
  Fd input(ends[1]);

  const KeepStatus keep_status;
  const pid_t pid = spawn(argv, input.get());
  if (pid < 0) return std::nullopt;
  Child child(pid);
  input.reset();

  std::optional<std::string> text = drain(output.get(), max_bytes);
  if (!text) return Captured{};
  const bool succeeded = child.wait() == 0;
  return Captured{succeeded, std::move(*text)};
}

}  // namespace devbox::host
