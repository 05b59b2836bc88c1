#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "commands/commands.hpp"
#include "host/cannot.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

struct Template {
  std::string_view name;
  std::string_view before;  // what to do before `devbox enter`
  std::string_view text;
};

constexpr Template kTemplates[] = {
    {"host", "",
     R"(# A box with this host's own programs, a home of its own, and this directory. devbox.toml(5) has every key.
schema = 1

[image]
source = "host"
)"},
    {"debian", "`devbox lock` makes its image and pins it; then ",
     R"(# A box on Debian 12 with a C++ toolchain: `devbox lock` pins its packages and makes it.
# devbox.toml(5) has every key.
schema = 1

[image]
source = "debian:bookworm"
packages = ["g++", "make"]
)"},
    {"image", "`devbox lock` fetches its image and pins it; then ",
     R"(# A box on an image of a registry: `devbox lock` pins it by its digests and fetches it.
# devbox.toml(5) has every key.
schema = 1

[image]
source = "docker://docker.io/library/gcc:12"
)"},
    {"rootfs", "",
     R"(# A box on a root filesystem that is unpacked in a directory. devbox.toml(5) has every key.
schema = 1

[image]
source = "rootfs:~/trees/debian"

[network]
mode = "host"  # "none" for loopback alone
)"},
};

const Template& find(const std::string& name) {
  std::vector<std::string> known;
  for (const Template& one : kTemplates) {
    if (name == one.name || name.empty()) return one;
    known.emplace_back(one.name);
  }
  throw Error(fmt::format("there is no template `{}`", printable(name)),
              fmt::format("the templates are {}", fmt::join(known, ", ")), Error::Kind::usage);
}

}  // namespace

int init(const cli::Init& verb) {
  const Template& chosen = find(verb.template_name);
  const Fd file(::open("devbox.toml", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file && errno == EEXIST)
    throw Error("there is a devbox.toml here already", "`devbox plan` says what it does");
  if (!file) throw host::cannot("make", "devbox.toml", errno);
  const auto size = static_cast<ssize_t>(chosen.text.size());
  if (::write(file.get(), chosen.text.data(), chosen.text.size()) != size) {
    const int err = errno;
    ::unlink("devbox.toml");
    throw host::cannot("write", "devbox.toml", err);
  }
  return print(
      fmt::format("devbox.toml, from the template `{}`. {}`devbox enter` opens a shell; `devbox "
                  "plan` says what it would do.\n",
                  chosen.name, chosen.before));
}

}  // namespace devbox::commands
