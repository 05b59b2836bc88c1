#include "host/platform.hpp"

#include <sys/utsname.h>

#include <string_view>

namespace devbox::host {
namespace {

struct Row {
  std::string_view machine;
  std::string_view image;
  std::string_view debian;
};

constexpr Row kRows[] = {
    {"x86_64", "amd64", "amd64"},      {"aarch64", "arm64", "arm64"},
    {"riscv64", "riscv64", "riscv64"}, {"ppc64le", "ppc64le", "ppc64el"},
    {"s390x", "s390x", "s390x"},       {"i686", "386", "i386"},
    {"armv7l", "arm/v7", "armhf"},
};

}  // namespace

Platform platform() {
  struct utsname names {};
  ::uname(&names);  // fails for a bad address alone
  const std::string_view machine = names.machine;
  for (const Row& row : kRows) {
    if (row.machine == machine) return {"linux/" + std::string(row.image), std::string(row.debian)};
  }
  return {"linux/" + std::string(machine), {}};
}

}  // namespace devbox::host
