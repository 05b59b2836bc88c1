#include "host/foreign.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "host_temporary.hpp"

namespace devbox::host {
namespace {

// As Debian's qemu-user-static registers it.
const std::string kArm64 =
    "enabled\ninterpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P\nflags: POCF\noffset 0\n"
    "magic 7f454c460201010000000000000000000200b700\n"
    "mask ffffffffffffff00fffffffffffffffffeffffff\n";

std::string without(std::string text, const std::string& part, const std::string& other = "") {
  return text.replace(text.find(part), part.size(), other);
}

TEST_CASE("a processor runs its own programs, and some older ones") {
  CHECK(runs_natively("linux/amd64", "linux/amd64"));
  CHECK(runs_natively("linux/amd64", "linux/amd64/v3"));
  CHECK(runs_natively("linux/amd64", "linux/386"));
  CHECK(runs_natively("linux/arm64", "linux/arm/v7"));
  CHECK_FALSE(runs_natively("linux/amd64", "linux/arm64"));
  CHECK_FALSE(runs_natively("linux/386", "linux/amd64"));
  CHECK_FALSE(runs_natively("linux/arm64", "linux/amd64"));
}

TEST_CASE("an entry of binfmt_misc runs programs of the processor that its magic is of") {
  const auto found = emulator_in("qemu-aarch64", kArm64, "linux/arm64");
  REQUIRE(found);
  CHECK(found->name == "qemu-aarch64");
  CHECK(found->interpreter == "/usr/libexec/qemu-binfmt/aarch64-binfmt-P");
  CHECK(found->is_fixed);
  CHECK_FALSE(emulator_in("x", kArm64, "linux/arm/v7"));
  CHECK_FALSE(emulator_in("x", kArm64, "linux/riscv64"));
  CHECK_FALSE(emulator_in("x", kArm64, "linux/unknown"));
  CHECK_FALSE(emulator_in("x", without(kArm64, "enabled", "disabled"), "linux/arm64"));
  CHECK_FALSE(emulator_in("x", without(kArm64, "POCF", "POC"), "linux/arm64")->is_fixed);
  CHECK_FALSE(
      emulator_in("x", "enabled\ninterpreter /usr/bin/x\nflags: \nextension .py\n", "linux/arm64"));
  CHECK_FALSE(emulator_in("x", without(kArm64, "7f45", "7f4x"), "linux/arm64"));
  const std::string s390 =
      "enabled\ninterpreter /q\nflags: F\noffset 0\n"
      "magic 7f454c4602020100000000000000000000020016\n"
      "mask ffffffffffffff00fffffffffffffffffffeffff\n";
  CHECK(emulator_in("x", s390, "linux/s390x"));
  CHECK_FALSE(emulator_in("x", s390, "linux/ppc64le"));
}

TEST_CASE(
    "of several entries the one that a box need not have counts, and none where all are off") {
  const test::TemporaryDirectory temporary;
  const auto put = [&](const char* name, const std::string& text) {
    std::ofstream(temporary.path() + "/" + name) << text;
  };
  put("a", without(kArm64, "POCF", "POC"));
  put("status", "enabled\n");
  CHECK(emulator_for("linux/arm64", temporary.path())->name == "a");
  put("b", kArm64);
  CHECK(emulator_for("linux/arm64", temporary.path())->name == "b");
  put("status", "disabled\n");
  CHECK_FALSE(emulator_for("linux/arm64", temporary.path()));
  CHECK_FALSE(emulator_for("linux/arm64", temporary.path() + "/none"));
}

}  // namespace
}  // namespace devbox::host
