#include "image/program/half.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <utility>

#include "host/cannot.hpp"
#include "host/process.hpp"
#include "image/confine.hpp"
#include "image/manifest.hpp"
#include "image/sha256.hpp"
#include "image/unpack.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

void write_text(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw host::cannot("write", "the result", errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string digest_of(std::string_view text) {
  Sha256 hash;
  hash.add(text.data(), text.size());
  return hash.hex();
}

void save_manifest(const std::string& text) {
  const Fd file(::open("manifest", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400));
  if (!file) throw host::cannot("make", "the manifest", errno);
  write_text(file.get(), text);
}

// The rest of the pipe: what comes after the archive's end belongs to its digest.
void drain(int fd) {
  char bytes[4096];
  while (::read(fd, bytes, sizeof bytes) > 0) {
  }
}

void unpack_here(int archive) {
  if (::mkdir("root", 0700) < 0) throw host::cannot("make", "the tree", errno);
  const Fd root(::open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) throw host::cannot("open", "the tree", errno);
  const Unpacked found = unpack(archive, root.get(), [](std::uint64_t names, std::uint64_t bytes) {
    say({{"names", names}, {"bytes", bytes}});
  });
  drain(archive);
  const std::string manifest = manifest_text(found.entries, Ownership::told);
  save_manifest(manifest);
  say({{"tree", digest_of(manifest)},
       {"plain", digest_of(manifest_text(found.entries, Ownership::left_out))},
       {"names", found.entries.size()},
       {"bytes", found.bytes},
       {"notes", found.notes}});
}

int confined_half(const std::string& directory, int archive) {
  try {
    confine(directory);
    die_with_parent();  // after confine: new credentials clear it (prctl(2), PR_SET_PDEATHSIG)
    unpack_here(archive);
    return 0;
  } catch (const Error& error) {
    say({{"error", error.message()}, {"hint", error.hint()}});
  } catch (const std::bad_alloc&) {
    say({{"error", "the archive needs more than 4 GiB of memory to be unpacked"}, {"hint", ""}});
  }
  return 1;
}

}  // namespace

void say(const Json& line) { write_text(kFindings, json_line(line)); }

// devbox, which reads what is said, may have died before prctl(2) was called; then nobody reads,
// and without this it would be noticed when something is said, minutes later.
void die_with_parent() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct pollfd findings {
    kFindings, POLLOUT, 0
  };
  if (::poll(&findings, 1, 0) > 0 && (findings.revents & POLLERR) != 0) ::_exit(1);
}

Half start_half(const std::string& directory) {
  host::Pipe pipe = host::make_pipe();
  const pid_t child = ::fork();
  if (child < 0) throw host::cannot("start", "a process", errno);
  if (child == 0) {
    pipe.write.reset();
    ::close(STDIN_FILENO);
    ::close(STDOUT_FILENO);
    ::_exit(confined_half(directory, pipe.read.get()));
  }
  return {child, std::move(pipe.write)};
}

int end_half(Half half) {
  half.archive.reset();
  return host::wait_status(half.pid);
}

}  // namespace devbox::image
