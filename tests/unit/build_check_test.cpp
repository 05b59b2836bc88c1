#include "build/check.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

namespace devbox::build {
namespace {

using Files = std::map<std::string, std::string>;
using Task = std::function<Files(const plan::Surroundings&, int nth)>;

// Builds without boxes: `task` says what a build in some surroundings gives.
class FakeLaboratory {
 public:
  explicit FakeLaboratory(Task task) : task_(std::move(task)) {}

  Laboratory get() {
    return {.build =
                [this](const std::vector<Job>& jobs) {
                  std::vector<std::string> results;
                  for (const Job& job : jobs) {
                    names.push_back(job.name);
                    built_[job.name] = task_(job.surroundings, static_cast<int>(names.size()));
                    results.push_back(job.name);
                  }
                  return results;
                },
            .compare =
                [this](const std::string& first, const std::string& second) {
                  Comparison comparison{.files = built_[first].size(), .bytes = 10};
                  for (const auto& [path, text] : built_[first]) {
                    if (built_[second][path] != text)
                      comparison.differences.push_back({.path = path});
                  }
                  return comparison;
                }};
  }

  std::vector<std::string> names;  // of the jobs, in their order

 private:
  Task task_;
  std::map<std::string, Files> built_;
};

const plan::Surroundings kStill = {.build_path = "/p"};
const std::set<Variation> kThree = {Variation::hostname, Variation::home, Variation::umask};

std::string causes_of(const Verdict& verdict) {
  std::string text;
  for (const Cause& cause : verdict.causes) {
    text += cause.name + ":";
    for (const std::string& path : cause.paths) text += " " + path;
    text += "\n";
  }
  return text;
}

TEST_CASE("a task that gives the same is built as often as asked, and no more") {
  FakeLaboratory fake([](const auto&, int) { return Files{{"o", "1"}}; });
  const Verdict verdict = check(kStill, kThree, {}, 3, fake.get());
  CHECK(verdict.differences.empty());
  CHECK(verdict.causes.empty());
  CHECK(verdict.builds == 3);
  CHECK(verdict.files == 1);
  CHECK(verdict.bytes == 10);
  CHECK(fake.names == std::vector<std::string>{"baseline", "varied-1", "varied-2"});
}

TEST_CASE("the one variation that makes the difference is the cause, each file's its own") {
  FakeLaboratory fake([](const plan::Surroundings& s, int) {
    return Files{{"home", s.home}, {"both", s.home + s.hostname}, {"none", "1"}};
  });
  const Verdict verdict = check(kStill, kThree, {}, 2, fake.get());
  CHECK(verdict.differences.size() == 2);
  CHECK(causes_of(verdict) == "hostname: both\nhome: both home\n");
  CHECK(verdict.builds == 6);
  CHECK(fake.names.at(2) == "baseline-again");
}

TEST_CASE("what differs with nothing varied is chance, and no variation's") {
  FakeLaboratory fake([](const plan::Surroundings& s, int nth) {
    return Files{{"chance", std::to_string(nth)}, {"home", s.home}};
  });
  CHECK(causes_of(check(kStill, kThree, {}, 2, fake.get())) == "random: chance\nhome: home\n");
}

TEST_CASE("what only several variations make is theirs together") {
  FakeLaboratory fake([](const plan::Surroundings& s, int) {
    const bool both = s.home != kStill.home && s.umask != kStill.umask;
    return Files{{"o", both ? "1" : "2"}};
  });
  CHECK(causes_of(check(kStill, kThree, {}, 2, fake.get())) == "several together: o\n");
}

TEST_CASE("a difference that one of several builds shows is one, once") {
  FakeLaboratory fake([](const plan::Surroundings& s, int) {
    return Files{{"o", s.hostname == "varied-host-1" ? "build" : s.hostname}};
  });
  const Verdict verdict = check(kStill, {Variation::hostname}, {}, 4, fake.get());
  CHECK(verdict.differences.size() == 1);
}

}  // namespace
}  // namespace devbox::build
