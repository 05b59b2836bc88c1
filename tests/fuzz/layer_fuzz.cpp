// Two layers of an image: whatever their bytes are, what they make together lies in the directory
// that they are given, and what is known of them is read as it was written. The first four bytes
// say how long the first is, the lowest byte first.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "image/flatten.hpp"
#include "image/layer_log.hpp"
#include "image/layered_tree.hpp"
#include "outside.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace {

using namespace devbox;

Fd new_directory(const char* name) {
  fuzz::require(::mkdir(name, 0700) == 0);
  return Fd(::open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

image::Changes changes_of(std::string_view bytes, int directory) {
  const Fd file(::memfd_create("layer", MFD_CLOEXEC));
  fuzz::require(::pwrite(file.get(), bytes.data(), bytes.size(), 0) ==
                static_cast<ssize_t>(bytes.size()));
  image::FdSource source(file.get());
  image::Archive archive(source);
  image::FileWriter files;
  image::Changes changes =
      image::read_layer(archive, directory, files, [](std::uint64_t, std::uint64_t) {});
  archive.finish();
  const std::string log = image::log_text(changes);
  fuzz::require(image::log_text(image::parse_log(log)) == log);
  return changes;
}

void make(std::string_view first, std::string_view second) {
  const Fd lower = new_directory("lower");
  const Fd upper = new_directory("upper");
  const Fd root = new_directory("root");
  std::vector<image::Changes> layers;
  layers.push_back(changes_of(first, lower.get()));
  layers.push_back(changes_of(second, upper.get()));
  const image::Flattened flattened = image::flatten(layers);
  image::make_tree(flattened, {lower.get(), upper.get()}, root.get(), std::nullopt);
  fuzz::check_tree(flattened.entries);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool begun = (fuzz::begin(), true);
  static_cast<void>(begun);
  if (size < 4) return 0;
  const std::size_t wanted = data[0] | std::size_t{data[1]} << 8U | std::size_t{data[2]} << 16U;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 4, size - 4);
  const std::size_t length = std::min(wanted, bytes.size());
  try {
    make(bytes.substr(0, length), bytes.substr(length));
  } catch (const Error& error) {
    for (const char c : error.message()) fuzz::require(static_cast<unsigned char>(c) >= 0x20);
  }
  for (const char* name : {"lower", "upper", "root"}) fuzz::remove_tree(name);
  fuzz::check_outside();
  return 0;
}
