#include "language_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "failure.hpp"

namespace devbox::bench {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

struct Pipe {
  Fd from, to;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0) throw Failure("no pipe for a language server");
    from.reset(ends[0]);
    to.reset(ends[1]);
  }
};

pid_t spawn(const Command& command, int input, int output) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, 1);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addchdir_np(&actions, command.cwd.c_str());
  pid_t pid = -1;
  const int err = ::posix_spawn(&pid, command.argv[0].c_str(), &actions, nullptr,
                                pointers(command.argv).data(), pointers(command.env).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (err != 0) throw Failure("cannot start " + command.argv[0]);
  return pid;
}

}  // namespace

LanguageServer::LanguageServer(const Command& command) {
  Pipe input, output;
  const double begun = now();
  pid_ = spawn(command, input.from.get(), output.to.get());
  to_ = std::move(input.to);
  from_ = std::move(output.from);
  input.from.reset();
  output.to.reset();
  request_ms("initialize",
             fmt::format(R"({{"processId":{},"rootUri":"file://{}","capabilities":{{}}}})",
                         ::getpid(), command.cwd));
  initialize_ms_ = now() - begun;
  notify("initialized", "{}");
}

LanguageServer::~LanguageServer() {
  to_.reset();
  ::waitpid(pid_, nullptr, 0);
}

void LanguageServer::send(const std::string& content) const {
  const std::string message = fmt::format("Content-Length: {}\r\n\r\n{}", content.size(), content);
  if (::write(to_.get(), message.data(), message.size()) != static_cast<ssize_t>(message.size()))
    throw Failure("a language server takes no message");
}

std::string LanguageServer::receive() {
  for (;;) {
    const std::size_t header = read_.find("\r\n\r\n");
    if (header != std::string::npos) {
      const std::size_t digits = read_.find("Content-Length: ") + 16;
      const auto length = static_cast<std::size_t>(std::atol(read_.c_str() + digits));
      if (read_.size() >= header + 4 + length) {
        std::string content = read_.substr(header + 4, length);
        read_.erase(0, header + 4 + length);
        return content;
      }
    }
    char bytes[65536];
    const ssize_t n = ::read(from_.get(), bytes, sizeof bytes);
    throw_if_interrupted();
    if (n <= 0) throw Failure("a language server has ended");
    read_.append(bytes, static_cast<std::size_t>(n));
  }
}

void LanguageServer::await_answer(int id) {
  const std::string member = fmt::format("\"id\":{},", id);
  std::string content;
  do {
    content = receive();
  } while (content.find(member) == std::string::npos);
  if (content.find("\"error\"") != std::string::npos) throw Failure("refused: " + content);
}

void LanguageServer::notify(const std::string& method, const std::string& params) const {
  send(fmt::format(R"({{"jsonrpc":"2.0","method":"{}","params":{}}})", method, params));
}

double LanguageServer::request_ms(const std::string& method, const std::string& params) {
  const int id = ++id_;
  const std::string content =
      fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{}}})", id, method, params);
  const double begun = now();
  send(content);
  await_answer(id);
  return now() - begun;
}

void LanguageServer::wait_for(const std::string& method) {
  while (receive().find("\"" + method + "\"") == std::string::npos) {
  }
}

}  // namespace devbox::bench
