#include "host/installation.hpp"

#include <doctest/doctest.h>

#include "host_temporary.hpp"
#include "util/path.hpp"

namespace devbox::host {
namespace {

using test::error_of;
using test::TemporaryDirectory;

// `path` as a name below `here`, for its functions.
std::string below(const TemporaryDirectory& here, const std::string& path) {
  REQUIRE(path::is_within(path, here.path()));
  return path.substr(here.path().size() + 1);
}

TEST_CASE("a prefix that was moved is found from the executable's directory") {
  const TemporaryDirectory here;
  const std::string bindir = here.directory("opt/a/b/bin");
  const Installation expected = installed_from(bindir);
  here.file(below(here, expected.init), "", 0755);
  here.file("opt/a/b/bin/devbox-init", "", 0755);
  const Installation found = installation_beside(bindir, ::geteuid());
  CHECK(found.init == expected.init);
  CHECK(found.scope == path::join(path::parent(found.init), "devbox-scope"));
  CHECK(found.profiles == expected.profiles);
  CHECK(path::filename(found.profiles) == "profiles");
}

TEST_CASE("a build tree has devbox-init beside the executable") {
  const TemporaryDirectory here;
  const std::string bindir = here.directory("build/bin");
  here.file("build/bin/devbox-init", "", 0755);
  const Installation found = installation_beside(bindir, ::geteuid());
  CHECK(found.init == bindir + "/devbox-init");
  CHECK(found.image == bindir + "/devbox-image");
  CHECK(found.scope == bindir + "/devbox-scope");
}

TEST_CASE("the library of surroundings is beside devbox-init, or is not there") {
  const TemporaryDirectory here;
  const std::string bindir = here.directory("build/bin");
  here.file("build/bin/devbox-init", "", 0755);
  CHECK(installation_beside(bindir, ::geteuid()).surroundings.empty());
  const std::string library = here.file("build/bin/devbox-surroundings.so", "", 0644);
  CHECK(installation_beside(bindir, ::geteuid()).surroundings == library);
  const Installation installed = installed_from(bindir);
  CHECK(path::parent(installed.surroundings) == path::parent(installed.init));
}

TEST_CASE("where there is no devbox-init the message names both places") {
  const TemporaryDirectory here;
  const std::string bindir = here.directory("build/bin");
  here.directory("build/bin/devbox-init");  // a directory is none
  const Error error = error_of([&] { installation_beside(bindir, ::geteuid()); });
  CHECK(test::contains(error.message(), installed_from(bindir).init + " (installed)"));
  CHECK(test::contains(error.message(), built_in(bindir).init + " (built)"));
  CHECK_FALSE(error.hint().empty());
}

TEST_CASE("a devbox-init that another user put beside a build directory is not run") {
  if (!test::is_root()) return;  // only root can make a file of another user
  const TemporaryDirectory here;
  const std::string bindir = here.directory("build");
  const std::string init = here.file(below(here, installed_from(bindir).init), "", 0755);
  test::give_away(init);
  CHECK_THROWS_AS(installation_beside(bindir, 0), Error);
  CHECK(installation_beside(bindir, test::kSomebody).init == init);  // whose devbox is running
  REQUIRE(::chown(init.c_str(), 0, 0) == 0);
  test::give_away(path::parent(init));
  CHECK_THROWS_AS(installation_beside(bindir, 0), Error);
}

}  // namespace
}  // namespace devbox::host
