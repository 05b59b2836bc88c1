// What lies on /proc, by the lines of mountinfo.
#include <doctest/doctest.h>

#include "host/machine.hpp"

namespace devbox::host {

TEST_CASE("binfmt_misc hides nothing of /proc") {
  CHECK(covers_of_proc("1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / /proc rw - proc proc rw\n"
                       "3 2 0:3 / /proc/sys/fs/binfmt_misc rw - autofs x rw\n"
                       "4 2 0:4 /null /proc/kcore rw - tmpfs x rw\n") ==
        std::vector<std::string>{"/proc/kcore"});
}

}  // namespace devbox::host
