// The first message that an editor sends to a language server, and the one thing in it that is not
// true in a box: the editor's process id. Servers end when no such process is there, and in a box
// there is none. (Language Server Protocol 3.17, "Base Protocol" and "Initialize Request".)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace devbox::editor {

// A larger one is not looked into.
inline constexpr std::size_t kMostFirstBytes = std::size_t{64} << 20U;

// How many bytes the first message lacks at least, of which `read` has come; 0 where it is whole,
// or no message that can be understood.
std::size_t lacking(std::string_view read);

struct Opening {
  std::string bytes;                   // what is to be passed on
  std::optional<std::int32_t> editor;  // the process id that was in it
};

// Of a whole `initialize` request, `params.processId` becomes null and Content-Length what it then
// is; every other byte, those behind the message too, stays. So does all of anything else.
Opening without_process_id(std::string read);

}  // namespace devbox::editor
