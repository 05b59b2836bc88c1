#include "build/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace devbox::build {
namespace {

using Paths = std::set<std::string>;

Paths paths_of(const Comparison& comparison) {
  Paths paths;
  for (const Difference& difference : comparison.differences) paths.insert(difference.path);
  return paths;
}

void add_cause(Verdict& verdict, std::string name, const Paths& paths) {
  if (!paths.empty()) verdict.causes.push_back({std::move(name), {paths.begin(), paths.end()}});
}

Paths without(const Paths& all, const Paths& some) {
  Paths rest;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(),
                      std::inserter(rest, rest.end()));
  return rest;
}

// What differs with nothing varied is chance, and says nothing of the variations.
void find_causes(Verdict& verdict, const std::string& first, const plan::Surroundings& still,
                 const std::set<Variation>& wanted, const Means& means,
                 const Laboratory& laboratory) {
  std::vector<Job> jobs = {{"baseline-again", still}};
  for (const Variation variation : wanted)
    jobs.push_back({std::string(name_of(variation)), varied(still, {variation}, means, 1)});
  const std::vector<std::string> results = laboratory.build(jobs);
  verdict.builds += static_cast<unsigned>(results.size());
  Paths unexplained;
  for (const Difference& difference : verdict.differences) unexplained.insert(difference.path);
  const Paths random = paths_of(laboratory.compare(first, results[0]));
  add_cause(verdict, kRandom, random);
  unexplained = without(unexplained, random);
  std::size_t job = 1;
  for (const Variation variation : wanted) {
    const Paths differ = without(paths_of(laboratory.compare(first, results[job++])), random);
    add_cause(verdict, std::string(name_of(variation)), differ);
    unexplained = without(unexplained, differ);
  }
  add_cause(verdict, kTogether, unexplained);
}

}  // namespace

Verdict check(const plan::Surroundings& still, const std::set<Variation>& wanted,
              const Means& means, unsigned times, const Laboratory& laboratory) {
  std::vector<Job> jobs = {{"baseline", still}};
  for (unsigned i = 1; i < times; ++i)
    jobs.push_back({fmt::format("varied-{}", i), varied(still, wanted, means, i)});
  const std::vector<std::string> results = laboratory.build(jobs);
  Verdict verdict;
  verdict.builds = times;
  Paths seen;
  for (std::size_t i = 1; i < results.size(); ++i) {
    const Comparison comparison = laboratory.compare(results[0], results[i]);
    verdict.files = comparison.files;
    verdict.bytes = comparison.bytes;
    verdict.left_out += comparison.left_out;
    for (const Difference& difference : comparison.differences) {
      if (seen.insert(difference.path).second) verdict.differences.push_back(difference);
    }
  }
  if (!verdict.differences.empty())
    find_causes(verdict, results[0], still, wanted, means, laboratory);
  return verdict;
}

}  // namespace devbox::build
