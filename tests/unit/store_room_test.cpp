#include "store/room.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "host/cannot.hpp"

namespace devbox::store {
namespace {

Step layer(std::uint64_t number, std::uint64_t size) {
  Step step;
  step.layer = LayerStep{.number = number, .of = 2, .fetched = 0, .size = size, .digest = ""};
  return step;
}

TEST_CASE("who had too little room hears how much there was and what is known to be needed") {
  Room room("/proc/none/of/it");
  room.take(layer(0, 3'000'000));
  room.take(layer(1, 1'500'000));
  room.take(layer(1, 1'500'000));
  const Error full = room.explained(host::cannot("write", "data/big", ENOSPC));
  const std::string& text = full.message();
  CHECK(text.starts_with("cannot write data/big: No space left on device; there was room for "));
  CHECK(text.ends_with(" in /proc/none/of/it, and the image needs more: 4.5 MB as it is fetched"));
  CHECK(full.hint().find("XDG_DATA_HOME") != std::string::npos);
  room.take({.names = 12, .bytes = 7'000'000});
  CHECK(room.explained(host::cannot("write", "x", EDQUOT)).message() ==
        "cannot write x: Disk quota exceeded; the image needs more than your quota allows: 4.5 MB "
        "as it is fetched, of which 7.0 MB had been unpacked");
}

TEST_CASE("what went wrong otherwise is not explained by room") {
  const Room room("/");
  const Error error = host::cannot("write", "x", EIO);
  CHECK(room.explained(error).message() == error.message());
  CHECK(room.explained(error).hint() == error.hint());
  CHECK(room.explained(Error("No space left on device")).message() == "No space left on device");
}

}  // namespace
}  // namespace devbox::store
