// The text of a shim: a small program of the host that runs a command in a box.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace devbox::editor {

struct Shim {
  std::string command;  // a name in the box
  std::string profile;  // the file whose box it is where no devbox.toml is near; absolute
};

inline constexpr std::size_t kMostShimBytes = std::size_t{16} << 10U;

// `program` is devbox, absolute, and `word` what tells it that a shim starts it. The kernel starts
// it itself (execve(2), "Interpreter scripts"): no shell goes before, but where its path cannot
// stand behind "#!".
std::string shim_text(const Shim& shim, std::string_view program, std::string_view word);

// std::nullopt of any text but such a one.
std::optional<Shim> read_shim(std::string_view text);

}  // namespace devbox::editor
