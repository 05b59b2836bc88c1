// devbox-image: what meets bytes from elsewhere. devbox runs it; nobody else need.
//
//   devbox-image unpack DIRECTORY       < ARCHIVE    > {"archive": SHA-256}
//   devbox-image bootstrap DIRECTORY    < RECIPE     > {"archive": SHA-256, "packages": […]}
//
// Two processes. The first reads the archive, hashes it, and hands it to the second, which can
// reach DIRECTORY and nothing else, and unpacks into DIRECTORY/root, with DIRECTORY/manifest beside
// it. So no byte of the archive can change what is said of its digest. `bootstrap` has the archive
// made first, of Debian packages (image/debian.hpp, image/builder.hpp).
//
// Both write to descriptor 3, a JSON object a line: {"names", "bytes"} or {"doing", "done",
// "total", "size"} now and then, and at the end {"tree", "plain", "names", "bytes", "notes"}: the
// digests with and without ownership; or {"error", "hint"}.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string_view>

#include "host/process.hpp"
#include "image/program/commands.hpp"

int main(int argc, char** argv) {
  using namespace devbox::image;
  try {
    const devbox::host::KeepStatus keep_status;
    const std::string_view verb = argc == 3 ? argv[1] : "";
    if (verb == "unpack") return unpack_command(argv[2]);
    if (verb == "bootstrap") return bootstrap_command(argv[2]);
    std::fputs("devbox-image: a part of devbox, which starts it\n", stderr);
    return 2;
  } catch (const std::exception& error) {
    std::fputs(fmt::format("devbox-image: {}\n", error.what()).c_str(), stderr);
    return 1;
  }
}
