#include "image/credential_helper.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "host/cannot.hpp"
#include "host/process.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/json.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kMost = std::size_t{256} << 10U;
constexpr auto kPatience = std::chrono::minutes(2);
// What every helper prints where it has nothing (docker-credential-helpers,
// "credentials/error.go").
constexpr std::string_view kNotFound = "credentials not found in native keychain";

// It becomes part of a program's name.
bool is_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() < 100 && std::all_of(name.begin(), name.end(), fits);
}

// Its standard error is ours to lose: what it has to say of a failure it prints.
pid_t start(const std::string& program, int input, int output) {
  char get[] = "get";
  std::string name = program;
  char* argv[] = {name.data(), static_cast<char*>(get), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  pid_t pid = -1;
  const int err =
      ::posix_spawnp(&pid, program.c_str(), &actions, nullptr, static_cast<char**>(argv), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (err == 0) return pid;
  throw Error(fmt::format("cannot run {}: {}", program, host::errno_text(err)),
              "the file of `docker login` names it; is it installed, and in PATH?");
}

// Up to the end, or until the patience is.
std::string read_answer(int fd, const std::string& program) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  std::string text;
  char bytes[4096];
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    struct pollfd ready {
      fd, POLLIN, 0
    };
    const int polled = ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) throw Error(fmt::format("{} does not answer", program));
    const ssize_t got = ::read(fd, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw host::cannot("read from", program, errno);
    if (got == 0) return text;
    text.append(bytes, static_cast<std::size_t>(got));
    if (text.size() > kMost) throw Error(fmt::format("{} prints too much", program));
  }
}

}  // namespace

Credentials parse_helper_answer(std::string_view output, const std::string& program) {
  const std::optional<ForeignJson> answer = parse_foreign_json(output);
  const auto text = [&](const char* key) {
    const bool there = answer && answer->is_object() && answer->contains(key);
    const ForeignJson value = there ? (*answer)[key] : ForeignJson();
    if (!value.is_string())
      throw Error(fmt::format("{} gives no `{}`", program, key),
                  "run it with `get` to see what it prints");
    return value.get<std::string>();
  };
  const std::string user = text("Username");
  const std::string secret = text("Secret");
  if (user == "<token>") return {.identity_token = secret};
  return {.user = user, .password = secret};
}

std::optional<Credentials> ask_helper(const std::string& name, const std::string& server) {
  if (!is_name(name))
    throw Error(fmt::format("\"{}\" is no name of a credential helper", printable(name)));
  const std::string program = "docker-credential-" + name;
  const host::KeepStatus keep_status;
  host::Pipe input = host::make_pipe();
  host::Pipe output = host::make_pipe();
  host::Child child(start(program, input.read.get(), output.write.get()));
  input.read.reset();
  output.write.reset();
  // Less than a pipe holds: nobody waits. One that reads nothing is heard all the same.
  [[maybe_unused]] const ssize_t told = ::write(input.write.get(), server.data(), server.size());
  input.write.reset();
  const std::string answer = read_answer(output.read.get(), program);
  const int status = child.wait();
  if (status == 0) return parse_helper_answer(answer, program);
  if (answer.find(kNotFound) != std::string::npos) return std::nullopt;
  throw Error(fmt::format("{} ended with status {}{}{}", program, status,
                          answer.empty() ? "" : ": ", printable(answer.substr(0, 200))),
              "it keeps the credentials of this registry, as the file of `docker login` says");
}

}  // namespace devbox::image
