#include "image/program/half.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "host/cannot.hpp"
#include "host/process.hpp"
#include "image/manifest.hpp"
#include "image/program/say.hpp"
#include "image/unpack.hpp"
#include "util/fd.hpp"

namespace devbox::image {
namespace {

void save_manifest(const std::string& text) {
  const Fd file(::open("manifest", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400));
  if (!file) throw host::cannot("make", "the manifest", errno);
  write_text(file.get(), text);
}

void unpack_here(int archive, const Owners& owners, FileWriter& files) {
  if (::mkdir("root", 0700) < 0) throw host::cannot("make", "the tree", errno);
  const Fd root(::open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) throw host::cannot("open", "the tree", errno);
  const auto tell = [](std::uint64_t names, std::uint64_t bytes) {
    say({{"names", names}, {"bytes", bytes}});
  };
  const Unpacked found = unpack(archive, root.get(), owners, files, tell);
  const std::string manifest = manifest_text(found.entries, Ownership::told);
  save_manifest(manifest);
  say({{"tree", digest_of(manifest)},
       {"plain", digest_of(manifest_text(found.entries, Ownership::left_out))},
       {"names", found.entries.size()},
       {"bytes", found.bytes},
       {"notes", found.notes}});
}

// So that nothing goes on writing once this process has ended, whatever an archive made of it
// (setrlimit(2), RLIMIT_NPROC). Cannot fail: it only ever lowers.
void forbid_children() {
  const struct rlimit none {};
  ::setrlimit(RLIMIT_NPROC, &none);
}

int confined_half(const std::string& directory, const Owners& owners, int archive) {
  return say_errors([&] {
    confine(directory, Reach::write, owners);
    die_with_parent();  // after confine: new credentials clear it (prctl(2), PR_SET_PDEATHSIG)
    FileWriter files;   // its thread is the last that there can be, and confined as this one is
    forbid_children();
    unpack_here(archive, owners, files);
  });
}

}  // namespace

Half start_half(const std::string& directory, const Owners& owners) {
  host::Pipe pipe = host::make_pipe();
  host::widen(pipe);
  const pid_t child = ::fork();
  if (child < 0) throw host::cannot("start", "a process", errno);
  if (child == 0) {
    pipe.write.reset();
    ::close(STDIN_FILENO);
    ::close(STDOUT_FILENO);
    ::_exit(confined_half(directory, owners, pipe.read.get()));
  }
  return {child, std::move(pipe.write)};
}

int end_half(Half half) {
  half.archive.reset();
  return host::wait_status(half.pid);
}

}  // namespace devbox::image
