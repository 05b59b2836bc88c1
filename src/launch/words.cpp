#include "launch/words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/rlimits.hpp"
#include "init/protocol.hpp"
#include "util/path.hpp"

namespace devbox::launch {

std::string descriptors_text(std::vector<int> fds) {
  std::sort(fds.begin(), fds.end());
  std::string text;
  for (const int fd : fds) {
    if (fd > 2) text += fmt::format("{}{}", text.empty() ? "" : ",", fd);
  }
  return text.empty() ? "-" : text;
}

std::string rlimits_text(const std::vector<plan::ProcessLimit>& limits) {
  std::string text;
  for (const plan::ProcessLimit& limit : limits) {
    text += fmt::format("{}{}:{}:{}", text.empty() ? "" : ",", host::rlimit_number(limit.name),
                        limit.soft, limit.hard);
  }
  return text.empty() ? "-" : text;
}

Command command_of(const plan::Plan& plan) {
  return {plan.argv, plan.login, plan.cwd, plan.pass_fds, rlimits_text(plan.limits.rlimits)};
}

std::vector<std::string> box_words(const Command& command, const BoxWords& words) {
  const std::string& file = command.argv.front();
  std::vector<std::string> all = {"devbox-init",
                                  words.role,
                                  "-1",
                                  "-1",
                                  "-1",
                                  "-1",
                                  words.name,
                                  std::to_string(words.terminal.fd),
                                  words.terminal.foreground ? "1" : "0",
                                  words.mask,
                                  descriptors_text(command.pass_fds),
                                  words.holds ? "1" : "0",
                                  command.rlimits,
                                  command.cwd,
                                  file,
                                  command.login ? "-" + path::filename(file) : file};
  all.insert(all.end(), command.argv.begin() + 1, command.argv.end());
  return all;
}

std::vector<std::string> wait_words(const WaitWords& words) {
  std::vector<std::string> all{"devbox-init",
                               init::kWaitRole,
                               std::to_string(words.socket),
                               std::to_string(words.pid),
                               std::to_string(words.owner),
                               std::to_string(words.box),
                               std::to_string(words.boxes),
                               words.name,
                               std::to_string(words.terminal.fd),
                               words.terminal.foreground ? "1" : "0",
                               words.terminal.modes,
                               descriptors_text(words.locks)};
  all.push_back(words.group.empty() ? "-" : words.group);
  all.push_back(words.record.empty() ? "-" : words.record);
  all.push_back(words.announcement.entered);
  all.push_back(words.announcement.left);
  constexpr std::size_t kWritten = 2;  // by the waiter
  constexpr std::size_t kRoom = 12;
  all.push_back(std::to_string(words.ended.empty() ? 0 : words.ended.size() + kWritten));
  if (!words.ended.empty()) {
    all.insert(all.end(), words.ended.begin(), words.ended.end());
    all.insert(all.end(), kWritten, std::string(kRoom, '-'));
    all.emplace_back();
  }
  all.insert(all.end(), words.sweep.begin(), words.sweep.end());
  return all;
}

}  // namespace devbox::launch
