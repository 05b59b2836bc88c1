// Times that are compared are taken in turn, so that what else the machine does meets all alike.
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "process.hpp"
#include "sample.hpp"

namespace devbox::bench {

template <class Key>
struct Timed {
  Key key;
  Command command;
};

// Runs each once in a round, in another order each time, the same orders in every run of this
// program; the first rounds, a tenth, warm up and are not counted.
template <class Key>
std::map<Key, Sample> interleave(const Family& family, std::vector<Timed<Key>> all, int rounds) {
  constexpr unsigned kSeed = 20240607;
  std::mt19937 random(kSeed);
  std::map<Key, Sample> samples;
  const int warm_up = rounds / 10 + 1;
  for (int round = -warm_up; round < rounds; ++round) {
    std::shuffle(all.begin(), all.end(), random);
    for (const Timed<Key>& timed : all) {
      const double ms = family.run_ms(timed.command);
      if (round >= 0) samples[timed.key].add(ms);
    }
  }
  return samples;
}

}  // namespace devbox::bench
