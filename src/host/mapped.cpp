#include "host/mapped.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <string_view>

#include "host/cannot.hpp"
#include "host/failure.hpp"
#include "host/process.hpp"
#include "kernel/step.hpp"
#include "util/error.hpp"

namespace devbox::host {
namespace {

// What a process says at its end: how it went, and its answer, or what went wrong and a hint with a
// NUL between.
constexpr char kDone = '+';
constexpr char kFailed = '-';

std::string failure_text(const Error& error) {
  return fmt::format("{}{}{}{}", kFailed, error.message(), '\0', error.hint());
}

std::string outcome_of(const std::function<std::string()>& work) {
  try {
    return kDone + work();
  } catch (const Error& error) {
    return failure_text(error);
  } catch (const std::exception& error) {
    return failure_text(Error(error.what(), {}));
  }
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string read_to_end(int fd) {
  std::string text;
  char bytes[4096];
  for (ssize_t got = 0; (got = ::read(fd, bytes, sizeof bytes)) != 0;) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    text.append(bytes, static_cast<std::size_t>(got));
  }
  return text;
}

// Its answer. Throws Error where it failed, or ended without one.
std::string answer_of(pid_t child, int said, const char* subject) {
  const std::string text = read_to_end(said);
  const int status = wait_status(child);
  if (text.empty()) {
    throw Error(fmt::format("the process {} ended with status {}", subject, status),
                status > 128 ? "a signal ended it; is the memory used up?" : "");
  }
  if (text.front() == kDone) return text.substr(1);
  const std::size_t end = text.find('\0');
  throw Error(text.substr(1, end - 1), end == std::string::npos ? "" : text.substr(end + 1));
}

bool hears(int gate) {
  char byte = 0;
  ssize_t got = 0;
  while ((got = ::read(gate, &byte, 1)) < 0 && errno == EINTR) {
  }
  return got == 1;
}

}  // namespace

void enter_namespaces(int flags, const char* subject, const std::function<void(pid_t)>& map) {
  const KeepStatus keep_status;
  Pipe unshared = make_pipe();
  Pipe mapped = make_pipe();
  const pid_t own = ::getpid();
  const pid_t mapper = ::fork();
  if (mapper < 0) throw cannot("start", "a process", errno);
  if (mapper == 0) {
    unshared.write.reset();
    if (!hears(unshared.read.get())) ::_exit(1);
    const std::string outcome = outcome_of([&] {
      map(own);
      return std::string();
    });
    ::_exit(write_all(mapped.write.get(), outcome) ? 0 : 1);
  }
  mapped.write.reset();
  if (::unshare(CLONE_NEWUSER | flags) < 0) {
    const int err = errno;
    unshared.write.reset();
    wait_status(mapper);
    throw failure(kernel::Step::clone, err, subject);
  }
  // Where it is gone, so is its answer.
  [[maybe_unused]] const ssize_t told = ::write(unshared.write.get(), "", 1);
  unshared.write.reset();
  answer_of(mapper, mapped.read.get(), subject);
}

void enter_mapped_namespace(const IdMaps& maps, const std::string& user, int flags,
                            const char* subject) {
  enter_namespaces(flags, subject, [&](pid_t pid) { map_with_helpers(pid, maps, user); });
}

std::string run_mapped(const IdMaps& maps, const std::string& user, const char* subject,
                       const std::function<std::string()>& work) {
  const KeepStatus keep_status;
  Pipe said = make_pipe();
  const pid_t child = ::fork();
  if (child < 0) throw cannot("start", "a process", errno);
  if (child == 0) {
    said.read.reset();
    const std::string outcome = outcome_of([&] {
      enter_mapped_namespace(maps, user, 0, subject);
      return work();
    });
    ::_exit(write_all(said.write.get(), outcome) ? 0 : 1);
  }
  said.write.reset();
  return answer_of(child, said.read.get(), subject);
}

}  // namespace devbox::host
