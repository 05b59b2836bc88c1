// Any bytes as a record of a build: it is refused in words, or all that it holds has its form.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "build/record.hpp"
#include "util/error.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace devbox::build;
  Record record;
  try {
    record = parse_record({reinterpret_cast<const char*>(data), size}, "f");
  } catch (const devbox::Error& error) {
    require(!error.message().empty());
    return 0;
  }
  require(record.epoch >= 0);
  for (const auto& [path, artifact] : record.outputs) require(artifact.sha256.size() == 64);
  require(other_outputs(record.outputs, record.outputs).empty());
  require(other_inputs(record, record).empty());
  return 0;
}
