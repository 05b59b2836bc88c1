#include "launch/waiter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "host/failure.hpp"
#include "kernel/step.hpp"

namespace devbox::launch {
namespace {

void keep_across_exec(int fd) {
  if (fd >= 0) ::fcntl(fd, F_SETFD, 0);
}

}  // namespace

void become_waiter(const std::string& init, const WaitWords& words, const std::vector<int>& held,
                   const std::vector<int>& pass_fds, Environment environment) {
  for (const int fd : pass_fds) {
    if (fd > 2) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  for (const int fd : {words.socket, words.owner, words.box, words.boxes}) keep_across_exec(fd);
  for (const int fd : words.locks) keep_across_exec(fd);
  for (const int fd : held) keep_across_exec(fd);
  std::vector<std::string> arguments = wait_words(words);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<char*, 1> nothing{};
  ::execve(init.c_str(), argv.data(), environment == Environment::none ? nothing.data() : environ);
  throw host::failure(kernel::Step::exec_init, errno, init);
}

}  // namespace devbox::launch
