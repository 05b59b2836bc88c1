#include "launch/command_failure.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <string>

#include "host/cannot.hpp"
#include "util/text.hpp"

namespace devbox::launch {

Error command_failure(const std::string& program, int err, Interpreter interpreter) {
  const std::string command = printable(program);
  const bool missing = err == ENOENT || err == ENOTDIR;
  const auto kind = missing ? Error::Kind::not_found : Error::Kind::not_executable;
  if (missing && interpreter == Interpreter::missing) {
    return Error(
        fmt::format(
            "cannot run `{}`: it is in the box, but the interpreter or loader that it names is not",
            command),
        "`head -c 80` on it, or `readelf -l`, shows which one", kind);
  }
  if (missing) {
    const bool by_path = command.find('/') != std::string::npos;
    return Error(fmt::format("cannot run `{}`: there is no such program in the box", command),
                 by_path
                     ? "the path is the box's, not the host's; `devbox plan` shows what is mounted"
                     : "its image does not have it on the PATH that `devbox plan` shows",
                 kind);
  }
  std::string hint = "`ls -l` on it inside shows its mode";
  if (err == ENOEXEC) hint = "it is neither a program of this machine's architecture nor a script";
  if (err == E2BIG) hint = "the arguments and the environment together are too long";
  return Error(fmt::format("cannot run `{}`: {}", command, host::errno_text(err)), hint, kind);
}

}  // namespace devbox::launch
