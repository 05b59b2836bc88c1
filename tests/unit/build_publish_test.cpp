#include "build/publish.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "host_temporary.hpp"

namespace devbox::build {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::error_of;

class Places {
 public:
  Places() {
    here.directory("r");
    here.directory("s");
    here.directory("p");
  }
  std::vector<std::string> put(std::vector<std::string> outputs) const {
    return publish({{here.at("r"), std::move(outputs)}}, here.at("p"));
  }
  std::string text(const std::string& name) const {
    std::ifstream file(here.at("p/" + name));
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  // All names in the project.
  std::set<std::string> names() const {
    std::set<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(here.at("p")))
      all.insert(entry.path().lexically_relative(here.at("p")).string());
    return all;
  }

  test::TemporaryDirectory here;
};

TEST_CASE("outputs take the places of what was there, and nothing is left beside them") {
  const Places p;
  p.here.file("r/d/new", "1");
  p.here.file("r/f", "2", 0755);
  p.here.link("r/l", "f");
  p.here.file("r/unnamed", "3");
  p.here.file("p/d/old", "0");
  p.here.directory("p/f");
  p.here.file("p/other", "0");
  CHECK(p.put({"d", "f", "l"}) == std::vector<std::string>{"d", "f", "l"});
  CHECK(p.names() == std::set<std::string>{"d", "d/new", "f", "l", "other"});
  CHECK(p.text("f") == "2");
  CHECK(fs::read_symlink(p.here.at("p/l")) == "f");
}

TEST_CASE("where one output cannot be put none is, and no half copy is left") {
  const Places p;
  p.here.file("r/a", "new");
  p.here.file("r/z/b", "new");
  p.here.fifo("r/z/fifo");
  p.here.file("p/a", "old");
  CHECK(contains(error_of([&] { p.put({"a", "z"}); }).message(), "z/fifo is a FIFO"));
  CHECK(p.text("a") == "old");
  CHECK(p.names() == std::set<std::string>{"a"});
}

TEST_CASE("a link on the way to an output is not followed") {
  const Places p;
  p.here.directory("elsewhere");
  p.here.file("r/d/o", "new");
  p.here.link("p/d", p.here.at("elsewhere"));
  error_of([&] { p.put({"d/o"}); });
  CHECK(fs::is_empty(p.here.at("elsewhere")));
}

TEST_CASE("what a killed publishing left is replaced") {
  const Places p;
  p.here.file("r/o", "new");
  p.here.file("p/.devbox-output-o/half", "x");
  p.put({"o"});
  CHECK(p.names() == std::set<std::string>{"o"});
}

TEST_CASE("of outputs in each other the later task's wins") {
  const Places p;
  p.here.file("r/d/x", "1");
  p.here.file("r/d/y", "1");
  p.here.file("s/d/x", "2");
  SUBCASE("an inner one goes into the outer one") {
    CHECK(publish({{p.here.at("r"), {"d"}}, {p.here.at("s"), {"d/x"}}}, p.here.at("p")) ==
          std::vector<std::string>{"d"});
    CHECK(p.text("d/x") == "2");
    CHECK(p.text("d/y") == "1");
  }
  SUBCASE("an outer one replaces all of the inner one") {
    CHECK(publish({{p.here.at("r"), {"d/y"}}, {p.here.at("s"), {"d"}}}, p.here.at("p")) ==
          std::vector<std::string>{"d"});
    CHECK(p.names() == std::set<std::string>{"d", "d/x"});
  }
  SUBCASE("the same one is put once") {
    publish({{p.here.at("r"), {"d"}}, {p.here.at("s"), {"d"}}}, p.here.at("p"));
    CHECK(p.names() == std::set<std::string>{"d", "d/x"});
  }
}

}  // namespace
}  // namespace devbox::build
