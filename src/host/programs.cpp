#include "host/programs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::host {

std::string find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  // execvp(3): what is looked through where PATH is not set.
  for (const std::string& directory : split(path == nullptr ? "/bin:/usr/bin" : path, ':')) {
    if (!directory.starts_with('/')) continue;
    std::string file = path::join(directory, name);
    struct stat st {};
    const bool runs =
        ::stat(file.c_str(), &st) == 0 && S_ISREG(st.st_mode) && ::access(file.c_str(), X_OK) == 0;
    if (runs) return file;
  }
  return {};
}

}  // namespace devbox::host
