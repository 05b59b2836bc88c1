#include "host/helper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "host/cannot.hpp"
#include "host/process.hpp"
#include "util/fd.hpp"

namespace devbox::host {
namespace {

constexpr int kFindings = 3;
constexpr std::size_t kMost = std::size_t{1024} * 1024;

// Its numbers are above those that the helper is given, so that no dup2 overwrites one.
Pipe make_high_pipe() {
  constexpr int kAbove = kFindings + 1;
  const Pipe low = make_pipe();
  Pipe pipe{Fd(::fcntl(low.read.get(), F_DUPFD_CLOEXEC, kAbove)),
            Fd(::fcntl(low.write.get(), F_DUPFD_CLOEXEC, kAbove))};
  if (!pipe.read || !pipe.write) throw cannot("make", "a pipe", errno);
  return pipe;
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Ours, with `variables` in the place of those of the same name.
std::vector<std::string> environment_with(const std::vector<std::string>& variables) {
  std::vector<std::string> all = variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const bool is_replaced =
        std::any_of(variables.begin(), variables.end(),
                    [&](const std::string& variable) { return variable.starts_with(name); });
    if (!is_replaced) all.emplace_back(text);
  }
  return all;
}

pid_t start(const std::vector<std::string>& argv, const std::vector<std::string>& variables,
            int input, int output, int findings) {
  const std::vector<char*> pointers = pointers_to(argv);
  const std::vector<std::string> environment = environment_with(variables);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, findings, kFindings);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, kFindings + 1);  // what we inherited
  pid_t pid = -1;
  const int err = ::posix_spawn(&pid, pointers[0], &actions, nullptr, pointers.data(),
                                pointers_to(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (err != 0) throw cannot("start", argv[0], err);
  return pid;
}

// What has come, cut into lines.
class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& use) : use_(use) {}

  void add(std::string_view bytes) {
    if (too_long_) {
      const std::size_t end = bytes.find('\n');
      if (end == std::string_view::npos) return;
      bytes.remove_prefix(end + 1);
      too_long_ = false;
    }
    text_ += bytes;
    std::size_t begin = 0;
    for (std::size_t end = text_.find('\n'); end != std::string::npos;
         end = text_.find('\n', begin)) {
      use_(std::string_view(text_).substr(begin, end - begin));
      begin = end + 1;
    }
    text_.erase(0, begin);
    if (text_.size() <= kMost) return;
    text_.clear();
    too_long_ = true;
  }

 private:
  const std::function<void(std::string_view)>& use_;
  std::string text_;
  bool too_long_ = false;  // the rest of the line is left out too
};

// False at the end.
template <class Use>
bool read_some(int fd, Use use) {
  char bytes[16384];
  const ssize_t got = ::read(fd, bytes, sizeof bytes);
  if (got < 0) return errno == EINTR;
  if (got > 0) use(std::string_view(bytes, static_cast<std::size_t>(got)));
  return got > 0;
}

}  // namespace

Helped run_helper(const std::vector<std::string>& argv, int input,
                  const std::function<void(std::string_view)>& line,
                  const std::vector<std::string>& variables) {
  const KeepStatus keep_status;
  Pipe output = make_high_pipe();
  Pipe findings = make_high_pipe();
  Child child(start(argv, variables, input, output.write.get(), findings.write.get()));
  output.write.reset();
  findings.write.reset();
  Helped helped;
  Lines lines(line);
  while (output.read || findings.read) {
    struct pollfd ready[] = {{output.read.get(), POLLIN, 0}, {findings.read.get(), POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0 && errno != EINTR) throw cannot("wait for", argv[0], errno);
    const auto keep = [&](std::string_view bytes) {
      helped.output += bytes.substr(0, kMost - helped.output.size());
    };
    if (ready[0].revents != 0 && !read_some(output.read.get(), keep)) output.read.reset();
    if (ready[1].revents != 0 &&
        !read_some(findings.read.get(), [&](std::string_view bytes) { lines.add(bytes); }))
      findings.read.reset();
  }
  helped.status = child.wait();
  return helped;
}

}  // namespace devbox::host
