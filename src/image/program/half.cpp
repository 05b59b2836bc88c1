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

void unpack_here(ByteSource& archive, const Owners& owners, FileWriter& files) {
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

int confined_half(const std::string& directory, const Owners& owners, RingWriter& archive) {
  return say_errors([&] {
    const std::unique_ptr<RingReader> reader = archive.reader();
    confine(directory, Reach::write, owners);
    die_with_parent();  // after confine: new credentials clear it (prctl(2), PR_SET_PDEATHSIG)
    FileWriter files;   // its thread is the last that there can be, and confined as this one is
    forbid_children();
    unpack_here(*reader, owners, files);
  });
}

}  // namespace

Half start_half(const std::string& directory, const Owners& owners) {
  auto archive = std::make_unique<RingWriter>();
  const pid_t child = ::fork();
  if (child < 0) throw host::cannot("start", "a process", errno);
  if (child == 0) {
    ::close(STDIN_FILENO);
    ::close(STDOUT_FILENO);
    ::_exit(confined_half(directory, owners, *archive));
  }
  archive->leave_reader();
  return {child, std::move(archive)};
}

int end_half(Half half) {
  half.archive->end();
  return host::wait_status(half.pid);
}

}  // namespace devbox::image
