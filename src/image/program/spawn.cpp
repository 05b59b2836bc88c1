#include "image/program/spawn.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include "host/cannot.hpp"
#include "image/program/say.hpp"

namespace devbox::image {

pid_t start_self(const std::vector<std::string>& words, int input) {
  constexpr const char* kSelf = "/proc/self/exe";
  std::vector<char*> argv = {const_cast<char*>("devbox-image")};
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  char* none[] = {nullptr};  // the environment may have a proxy's password in it
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, kFindings + 1);
  pid_t pid = -1;
  const int err = ::posix_spawn(&pid, kSelf, &actions, nullptr, argv.data(), none);
  ::posix_spawn_file_actions_destroy(&actions);
  if (err != 0) throw host::cannot("start", "a process", err);
  return pid;
}

}  // namespace devbox::image
