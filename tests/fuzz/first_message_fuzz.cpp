// Any bytes as what an editor says first: only process ids change, and what comes out is as long as
// it says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "editor/first_message.hpp"
#include "util/json.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Of a message that is whole; its length is what the shortest text lacks that has its header alone.
std::string_view content_of(std::string_view message) {
  const std::size_t begin = message.find("\r\n\r\n") + 4;
  return message.substr(begin, devbox::editor::lacking(message.substr(0, begin)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace devbox::editor;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t lacks = lacking(bytes);
  const Opening opening = without_process_id(bytes);
  if (lacks != 0) require(opening.bytes == bytes && !opening.editor);
  require(lacking(opening.bytes) == lacks);
  // Once more changes nothing.
  const Opening again = without_process_id(opening.bytes);
  require(again.bytes == opening.bytes && !again.editor);
  if (opening.bytes == bytes) return 0;
  // What was there is JSON to others too, and nothing but a process id has changed in it; unless
  // its bytes are no UTF-8, or a key is there twice.
  const auto before = devbox::parse_foreign_json(content_of(bytes));
  const auto after = devbox::parse_foreign_json(content_of(opening.bytes));
  require(before.has_value() == after.has_value());
  if (!before) return 0;
  devbox::ForeignJson expected = *before;
  expected["params"]["processId"] = nullptr;
  require(expected == *after);
  return 0;
}
