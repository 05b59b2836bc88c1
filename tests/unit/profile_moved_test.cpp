#include "profile/moved.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace devbox::profile {
namespace {

using Lines = std::vector<std::string>;

std::string hex(char digit) { return std::string(64, digit); }
std::string digest(char digit) { return "sha256:" + hex(digit); }

Lines lines(const Lock& before, const Lock& now) {
  Lines all;
  for (const Moved& one : moved(before, now)) all.push_back(one.text());
  return all;
}

LockedImage of_layers(char manifest, const std::string& layers) {
  LockedImage image{.archive = {}, .plain = {}, .tree = {}, .manifest = hex(manifest)};
  for (const char layer : layers) image.layers.push_back(hex(layer));
  return image;
}

Lock an_image() {
  Lock lock{"docker://x", {}, {}, hex('0')};
  lock.platforms["linux/amd64"] = of_layers('a', "123");
  lock.platforms["linux/arm64"] = of_layers('b', "45");
  return lock;
}

TEST_CASE("nothing has moved between a lock and itself, trees left out") {
  const Lock before = an_image();
  Lock now = before;
  now.platforms["linux/amd64"].plain = now.platforms["linux/amd64"].tree = hex('f');
  CHECK(lines(before, now) == Lines{});
}

TEST_CASE("of an image the index and each platform are told, with the layers that stay") {
  Lock now = an_image();
  now.index = hex('9');
  now.platforms["linux/amd64"] = of_layers('c', "1273");
  now.platforms.erase("linux/arm64");
  now.platforms["linux/riscv64"] = of_layers('d', "67");
  const std::vector<Moved> all = moved(an_image(), now);
  REQUIRE(all.size() == 4);
  CHECK(all[0].text() == "index  " + digest('0') + " -> " + digest('9'));
  CHECK(all[1].text() ==
        "linux/amd64  " + digest('a') + " -> " + digest('c') + "  2 of 4 layers are the same");
  CHECK(all[2].text() == "linux/arm64  " + digest('b') + " -> -");
  CHECK(all[3].text() == "linux/riscv64  - -> " + digest('d'));
  CHECK(all[1].same_layers == 2);
  CHECK(all[1].layers == 4);
  CHECK(all[0].layers == 0);
}

TEST_CASE("an image that no index lists is told once") {
  Lock before{"docker://x", {}, {}, hex('a')};
  before.platforms["linux/amd64"] = of_layers('a', "12");
  Lock now{"docker://x", {}, {}, hex('c')};
  now.platforms["linux/amd64"] = of_layers('c', "13");
  const std::string manifest =
      "linux/amd64  " + digest('a') + " -> " + digest('c') + "  1 of 2 layers are the same";
  CHECK(lines(before, now) == Lines{manifest});
  now.index = hex('9');  // it is listed now
  CHECK(lines(before, now) == Lines{"index  " + digest('a') + " -> " + digest('9'), manifest});
}

TEST_CASE("a layer that is the same above one that is not is fetched anew, and does not count") {
  Lock before = an_image();
  Lock now = an_image();
  now.platforms["linux/amd64"] = of_layers('c', "923");
  CHECK(moved(before, now)[0].same_layers == 0);
  now.platforms["linux/amd64"] = of_layers('c', "12");
  CHECK(moved(before, now)[0].same_layers == 2);
  CHECK(moved(before, now)[0].layers == 2);
}

TEST_CASE("packages that come, go and change have a line each, by name") {
  Lock before{"debian:x", {}, {}};
  Lock now = before;
  before.platforms["p"].installed = {
      {"gone", "1", "all", hex('1')}, {"same", "2", "all", hex('1')}, {"up", "3", "all", hex('1')}};
  now.platforms["p"].installed = {{"new\n", "1", "all", hex('1')},
                                  {"same", "2", "all", hex('1')},
                                  {"up", "3.1", "all", hex('2')}};
  CHECK(lines(before, now) == Lines{"gone  1 -> -", "new\\x0a  - -> 1", "up  3 -> 3.1"});
}

TEST_CASE("an archive has its digest") {
  Lock before{"tar:x", {}, {}};
  before.platforms["p"].archive = hex('a');
  Lock now = before;
  now.platforms["p"].archive = hex('b');
  CHECK(lines(before, now) == Lines{"archive  " + digest('a') + " -> " + digest('b')});
}

}  // namespace
}  // namespace devbox::profile
