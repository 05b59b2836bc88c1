// Builds a task in varied surroundings, compares, and finds out which variation makes a difference.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "build/difference.hpp"
#include "build/vary.hpp"
#include "plan/hermetic.hpp"

namespace devbox::build {

struct Job {
  std::string name;  // for people and logs: "baseline", "varied-1", "time"
  plan::Surroundings surroundings;
};

// What the causes of a difference are called that no variation explains.
inline constexpr const char* kRandom = "random";              // two builds, with nothing varied
inline constexpr const char* kTogether = "several together";  // none of them alone

struct Cause {
  std::string name;  // of a variation, kRandom or kTogether
  std::vector<std::string> paths;
};

struct Verdict {
  std::vector<Difference> differences;  // between the first build and the others, one a path
  std::vector<Cause> causes;            // empty where there are no differences
  std::uint64_t left_out = 0;           // differences that are not listed
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  unsigned builds = 0;
};

struct Laboratory {
  // Builds each, some at once, and gives the directories of their outputs. Throws Error.
  std::function<std::vector<std::string>(const std::vector<Job>&)> build;
  std::function<Comparison(const std::string& first, const std::string& second)> compare;
};

// Builds `times` times, once with all held still, else with all of `wanted` varied; where outputs
// differ, once more with nothing varied and once with each variation alone.
Verdict check(const plan::Surroundings& still, const std::set<Variation>& wanted,
              const Means& means, unsigned times, const Laboratory& laboratory);

}  // namespace devbox::build
