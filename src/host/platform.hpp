// What this machine's programs are compiled for.
#pragma once

#include <string>

namespace devbox::host {

struct Platform {
  std::string name;    // "linux/amd64", as images name it (OCI image specification, "platform")
  std::string debian;  // "amd64", as Debian does; empty: it has no such architecture
};

// uname(2). One that is not known keeps the kernel's name for it.
Platform platform();

}  // namespace devbox::host
