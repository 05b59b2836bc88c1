// Archives: whatever their bytes are, what they make lies in the directory that they are given.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>

#include "image/unpack.hpp"
#include "outside.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace devbox::fuzz;
  static const bool begun = (begin(), true);
  static_cast<void>(begun);
  const devbox::Fd archive(::memfd_create("archive", MFD_CLOEXEC));
  require(::write(archive.get(), data, size) == static_cast<ssize_t>(size));
  require(::lseek(archive.get(), 0, SEEK_SET) == 0);
  require(::mkdir("root", 0700) == 0);
  try {
    const devbox::Fd root(::open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    devbox::image::FileWriter files;
    const auto found = devbox::image::unpack(archive.get(), root.get(), std::nullopt, files,
                                             [](std::uint64_t, std::uint64_t) {});
    check_tree(found.entries);
    manifest_text(found.entries, devbox::image::Ownership::told);
  } catch (const devbox::Error& error) {
    for (const char c : error.message()) require(static_cast<unsigned char>(c) >= 0x20);
  }
  remove_tree("root");
  check_outside();
  return 0;
}
