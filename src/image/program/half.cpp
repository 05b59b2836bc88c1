#include "image/program/half.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "host/cannot.hpp"
#include "host/process.hpp"
#include "image/program/say.hpp"
#include "image/program/tree.hpp"
#include "image/unpack.hpp"
#include "util/fd.hpp"

namespace devbox::image {
namespace {

void unpack_here(ByteSource& archive, const Owners& owners, FileWriter& files) {
  const Fd root = new_tree();
  const auto tell = [](std::uint64_t names, std::uint64_t bytes) {
    say({{"names", names}, {"bytes", bytes}});
  };
  const Unpacked found = unpack(archive, root.get(), owners, files, tell);
  finish_tree(found.entries, found.bytes, found.notes);
}

// A proxy's password may be in it, and a copy is in the memory of every process that was forked.
void forget_environment() {
  for (char** entry = environ; *entry != nullptr; ++entry)
    ::explicit_bzero(*entry, std::strlen(*entry));
  ::clearenv();
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
    forget_environment();
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
