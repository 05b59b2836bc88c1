#include "build/diffoscope.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "host_temporary.hpp"

namespace devbox::build {
namespace {

// A diffoscope of a few lines, the only one in PATH.
class Fake {
 public:
  explicit Fake(const std::string& script) {
    here_.file("bin/diffoscope", "#!/bin/sh\n" + script, 0755);
  }

  std::optional<std::string> run(std::chrono::seconds limit = kDiffoscopeLimit) const {
    return diffoscope("/first", "/second", log(), limit);
  }
  std::string log() const { return here_.at("log"); }
  std::string report() const {
    std::ostringstream text;
    text << std::ifstream(log()).rdbuf();
    return text.str();
  }

 private:
  test::TemporaryDirectory here_;
  test::Variable path_{"PATH", here_.at("bin").c_str()};
};

TEST_CASE("diffoscope is given both, a bound on its report, and where that goes") {
  const Fake fake("echo \"$3 $4 $5 $6 $7\" >\"$2\"; exit 1");
  CHECK(fake.run() == "what diffoscope says is in " + fake.log());
  CHECK(fake.report() == "--max-report-size 16777216 -- /first /second\n");
}

TEST_CASE("where there is no diffoscope, nothing is said") {
  const test::TemporaryDirectory here;
  const test::Variable path("PATH", here.path().c_str());
  CHECK(diffoscope("/first", "/second", here.at("log")) == std::nullopt);
}

TEST_CASE("a diffoscope that fails is no report") {
  CHECK(Fake("exit 2").run() == "diffoscope failed, with status 2; what it said is above");
}

TEST_CASE("a diffoscope that does not end is ended, and may clean up") {
  const Fake fake("trap 'echo cleaned >\"$2\"; exit 2' TERM\nwhile :; do :; done");
  const auto begun = std::chrono::steady_clock::now();
  CHECK(fake.run(std::chrono::seconds(1)) == "diffoscope was ended after 1 s");
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
  CHECK(fake.report() == "cleaned\n");
}

}  // namespace
}  // namespace devbox::build
