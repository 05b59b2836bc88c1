#include "commands/layer_board.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace devbox::commands {
namespace {

using Lines = std::vector<std::string>;

store::Step layer(std::uint64_t number, std::uint64_t of, std::uint64_t fetched,
                  std::uint64_t size) {
  store::Step step;
  step.layer = store::LayerStep{.number = number,
                                .of = of,
                                .fetched = fetched,
                                .size = size,
                                .digest = "sha256:" + std::string(64, 'a')};
  return step;
}

TEST_CASE("each layer has a line with bytes and rate, and the last is of the whole") {
  LayerBoard board;
  board.take(layer(0, 3, 0, 4'000'000), 10);
  board.take(layer(0, 3, 4'000'000, 4'000'000), 11);
  board.take(layer(1, 3, 0, 8'000'000), 11);
  board.take(layer(1, 3, 3'000'000, 8'000'000), 13);
  store::Step unpacked;
  unpacked.names = 312;
  unpacked.bytes = 9'000'000;
  board.take(unpacked, 13);
  CHECK(board.lines(10) == Lines{"layer 1 of 3  aaaaaaaaaaaa  4.0 MB",
                                 "layer 2 of 3  aaaaaaaaaaaa  fetching 3.0 of 8.0 MB, 1.5 MB/s",
                                 "layer 3 of 3  waiting",
                                 "fetching 7.0 of 12.0 MB; unpacked 312 names, 9.0 MB"});
  CHECK(board.percent() == 58);
}

TEST_CASE("what is all that is fetched has its name, and may be of any size") {
  LayerBoard board;
  store::Step step = layer(0, 1, 3'000'000, 0);
  step.layer->digest.clear();
  step.layer->name = "debian\x1b.tar";
  board.take(step, 10);
  CHECK(board.news() == Lines{"fetching debian\\x1b.tar"});
  board.take(step, 12);
  CHECK(board.lines(10) == Lines{"debian\\x1b.tar  fetching 3.0 MB, 1.5 MB/s",
                                 "fetching 3.0 MB; unpacked 0 names, 0.0 MB"});
  CHECK(board.percent() == 0);
  step.layer->size = 3'000'000;
  board.take(step, 12);
  CHECK(board.lines(10) ==
        Lines{"debian\\x1b.tar  3.0 MB", "fetched 3.0 MB; unpacked 0 names, 0.0 MB"});
  CHECK(board.news() == Lines{"debian\\x1b.tar is here"});
  CHECK(board.percent() == 100);
}

TEST_CASE("what waits has its size, and the whole counts it from the start") {
  LayerBoard board;
  for (std::uint64_t i = 0; i < 3; ++i) {
    store::Step step = layer(i, 3, 0, i * 4'000'000);
    step.layer->waiting = true;
    board.take(step, 10);
  }
  CHECK(board.news().empty());
  CHECK(board.lines(10) == Lines{"layer 1 of 3  aaaaaaaaaaaa  waiting, 0.0 MB",
                                 "layer 2 of 3  aaaaaaaaaaaa  waiting, 4.0 MB",
                                 "layer 3 of 3  aaaaaaaaaaaa  waiting, 8.0 MB",
                                 "fetching 0.0 of 12.0 MB; unpacked 0 names, 0.0 MB"});
  CHECK(board.percent() == 0);
  // The rate counts from when it was begun, and not from when it was told of.
  board.take(layer(1, 3, 0, 4'000'000), 20);
  board.take(layer(1, 3, 3'000'000, 4'000'000), 21);
  CHECK(board.lines(10)[1] == "layer 2 of 3  aaaaaaaaaaaa  fetching 3.0 of 4.0 MB, 3.0 MB/s");
  CHECK(board.percent() == 25);
}

TEST_CASE("a line of a large image fits into 80 columns") {
  LayerBoard board;
  board.take(layer(99, 100, 0, 999'900'000), 0);
  board.take(layer(99, 100, 900'000'000, 999'900'000), 9);
  const std::string line = "devbox: " + board.lines(1000)[99];
  CHECK(line.size() < 80);
  CHECK(line.ends_with("fetching 900.0 of 999.9 MB, 100.0 MB/s"));
}

TEST_CASE("where there are more layers than lines, those that are fetched have one each") {
  LayerBoard board;
  for (std::uint64_t i = 0; i < 30; ++i) board.take(layer(i, 40, 5, 5), 1);
  board.take(layer(30, 40, 1'000'000, 2'000'000), 1);
  CHECK(board.lines(10) == Lines{"layer 31 of 40  aaaaaaaaaaaa  fetching 1.0 of 2.0 MB, "
                                 "0.0 MB/s",
                                 "30 of 40 layers are here",
                                 "fetching 1.0 of 2.0 MB; unpacked 0 names, 0.0 MB"});
}

TEST_CASE("a log has a line when a layer is begun, and one when it is here") {
  LayerBoard board;
  CHECK(board.news().empty());
  board.take(layer(0, 2, 0, 1'000'000), 0);
  CHECK(board.news() == Lines{"fetching layer 1 of 2: aaaaaaaaaaaa, 1.0 MB"});
  board.take(layer(0, 2, 500'000, 1'000'000), 1);
  CHECK(board.news().empty());
  board.take(layer(0, 2, 1'000'000, 1'000'000), 2);
  CHECK(board.news() == Lines{"layer 1 of 2 is here"});
  CHECK(board.news().empty());
  board.take(layer(1, 2, 3'000'000, 3'000'000), 2);  // another image has it
  CHECK(board.news() == Lines{"layer 2 of 2 is here"});
  CHECK(board.news().empty());
}

TEST_CASE("numbers that no image has are left out, and nothing reaches the terminal raw") {
  LayerBoard board;
  board.take(layer(5, 5, 1, 1), 0);
  board.take(layer(0, 1'000'000'000, 1, 1), 0);
  CHECK(board.empty());
  store::Step odd = layer(0, 1, 0, 1);
  odd.layer->digest = "sha256:\x1b[2J";
  board.take(odd, 0);
  CHECK(board.lines(5)[0] == "layer 1 of 1  \\x1b[2J  fetching 0.0 of 0.0 MB, 0.0 MB/s");
}

}  // namespace
}  // namespace devbox::commands
