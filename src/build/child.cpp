#include "build/child.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "host/cannot.hpp"
#include "util/error.hpp"
#include "util/json.hpp"

namespace devbox::build {
namespace {

[[noreturn]] void work_in_child(const std::function<void()>& work, pid_t parent, int told_to) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  std::string said;
  try {
    work();
  } catch (...) {
    said = told(std::current_exception());
  }
  std::fflush(nullptr);
  for (std::size_t done = 0; done < said.size();) {
    const ssize_t written = ::write(told_to, said.data() + done, said.size() - done);
    if (written < 0 && errno != EINTR) break;
    if (written > 0) done += static_cast<std::size_t>(written);
  }
  ::_exit(said.empty() ? 0 : 1);
}

pid_t start(const std::function<void()>& work, Fd& told_from) {
  host::Pipe pipe = host::make_pipe();
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw host::cannot("start", "a process for the build", errno);
  if (pid == 0) work_in_child(work, parent, pipe.write.get());
  told_from = std::move(pipe.read);
  return pid;
}

}  // namespace

std::string told(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return json_line({{"message", error.message()},
                      {"hint", error.hint()},
                      {"kind", static_cast<int>(error.kind())}});
  } catch (const std::exception& error) {
    return json_line({{"message", error.what()}, {"hint", ""}, {"kind", 0}});
  }
}

void throw_told(const std::string& said) {
  if (said.empty()) return;
  const std::optional<Json> json = parse_json(said);
  if (!json) throw Error("a process of the build ended in the middle of what it said", said);
  throw Error(json->value("message", ""), json->value("hint", ""),
              static_cast<Error::Kind>(json->value("kind", 0)));
}

Worker::Worker(const std::function<void()>& work) : child_(start(work, told_)) {}

void Worker::join() {
  std::string said;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 1; got != 0;) {
    got = ::read(told_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno != EINTR) throw host::cannot("read", "what a build says", errno);
    if (got > 0) said.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const int status = child_.wait();
  throw_told(said);
  if (status != 0) {
    throw Error("a process of the build ended without a word",
                status > 128 ? "a signal ended it; is the memory used up?" : "");
  }
}

}  // namespace devbox::build
