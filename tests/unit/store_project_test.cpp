#include <doctest/doctest.h>

#include "host_temporary.hpp"
#include "store/profiles.hpp"
#include "store/upwards.hpp"

namespace devbox::store {
namespace {

using host::Host;
using test::TemporaryDirectory;
using test::user_at;

const Found kInstalled{"/usr/share/devbox/profiles/cpp.toml", Origin::installed};

TEST_CASE("a project's own profile brings its directory as the project") {
  const TemporaryDirectory here;
  here.directory("home/p/sub");
  const Host host = user_at(here.at("home"), here.at("home/p/sub"));
  CHECK(project_of({here.at("home/p/devbox.toml"), Origin::project}, host) == here.at("home/p"));
}

TEST_CASE("other profiles take the git root above the working directory") {
  const TemporaryDirectory here;
  here.directory("home/p/sub/deep");
  const Host host = user_at(here.at("home"), here.at("home/p/sub/deep"));
  CHECK(project_of(kInstalled, host) == here.at("home/p/sub/deep"));
  here.directory("home/p/.git");
  CHECK(project_of(kInstalled, host) == here.at("home/p"));
  here.file("home/p/sub/.git", "gitdir: elsewhere\n");  // a worktree or a submodule
  CHECK(project_of(kInstalled, host) == here.at("home/p/sub"));
}

TEST_CASE("the home directory, what is above it, and / are no project") {
  const TemporaryDirectory here;
  here.directory("data/home/p");
  here.link("home", "data/home");
  const Host host = user_at(here.at("home"), here.at("data/home"));
  CHECK_FALSE(project_of(kInstalled, host));  // the home directory by its other name
  for (const std::string& directory :
       {here.at("home"), here.at("data"), here.path(), std::string("/tmp"), std::string("")}) {
    CHECK_MESSAGE(!project_of({directory + "/devbox.toml", Origin::project}, host), directory);
  }
  CHECK(project_of({here.at("data/home/p/devbox.toml"), Origin::project}, host) ==
        here.at("data/home/p"));
}

TEST_CASE("where devbox keeps its own files is no project of a profile with a name") {
  const TemporaryDirectory here;
  for (const char* own : {"home/.config/devbox/profiles", "home/.local/state/devbox"}) {
    const Host host = user_at(here.at("home"), here.directory(own));
    CHECK_MESSAGE(!project_of(kInstalled, host), own);
  }
  here.directory("home/.config/devbox/profiles/.git");
  CHECK_FALSE(
      project_of(kInstalled, user_at(here.at("home"), here.at("home/.config/devbox/profiles"))));
  CHECK(project_of(kInstalled, user_at(here.at("home"), here.directory("home/.config/other"))) ==
        here.at("home/.config/other"));
}

TEST_CASE("a home directory that is not there still is no project") {
  const TemporaryDirectory here;
  const Host host = user_at(here.at("no/home"), here.path());
  CHECK_FALSE(project_of(kInstalled, host));
  CHECK(holds_home(here.at("no/home"), host));
  CHECK_FALSE(holds_home(here.at("no/home/p"), host));
}

TEST_CASE("a repository of the whole home directory is no project") {
  const TemporaryDirectory here;
  here.directory("home/.git");
  here.directory("home/notes");
  CHECK(project_of(kInstalled, user_at(here.at("home"), here.at("home/notes"))) ==
        here.at("home/notes"));
}

TEST_CASE("a .git of another user makes no project") {
  if (!test::is_root()) return;  // only root can make a directory of another user
  const TemporaryDirectory here;
  here.directory("home/p/sub");
  test::give_away(here.directory("home/p/.git"));
  const Host host = user_at(here.at("home"), here.at("home/p/sub"));
  CHECK(project_of(kInstalled, host) == here.at("home/p/sub"));
}

TEST_CASE("without a working directory there is no project but a profile's own") {
  const TemporaryDirectory here;
  here.directory("home/p");
  const Host host = user_at(here.at("home"), "");
  CHECK_FALSE(project_of(kInstalled, host));
  CHECK(project_of({here.at("home/p/devbox.toml"), Origin::project}, host) == here.at("home/p"));
}

}  // namespace
}  // namespace devbox::store
