#include "launch/root_lock.hpp"

#include <doctest/doctest.h>
#include <sys/file.h>
#include <sys/xattr.h>

#include <filesystem>
#include <string>
#include <vector>

#include "host_temporary.hpp"

namespace devbox::launch {
namespace {

namespace fs = std::filesystem;

// A persistent root, and where what is thrown away goes.
class Root {
 public:
  Root() { state.file("root/lock", "4711.abc\n"); }

  std::vector<bool> discard(const std::vector<std::string>& paths) const {
    return discard_paths(state.at("root"), paths, state.at("scratch"),
                         test::user_at(state.path(), state.path()), {});
  }
  std::string upper(const std::string& path) const { return state.at("root/upper" + path); }

  test::TemporaryDirectory state{"/var/tmp"};
};

TEST_CASE("a root that a box holds is not to be had, and the message names the box") {
  const Root root;
  const Fd held = lock_root(root.state.at("root"), "/p/devbox.toml");
  const Error error = test::error_of([&] { lock_root(root.state.at("root"), "/p/devbox.toml"); });
  CHECK(error.message() == "the persistent root of /p/devbox.toml is in use by the box 4711.abc");
  CHECK(error.hint() == "leave that box, or end it with `devbox stop 4711.abc`");
}

TEST_CASE("a root that is thrown away is gone, with what its box has closed") {
  const Root root;
  root.state.file("root/upper/d/closed/x");
  REQUIRE(::chmod(root.upper("/d/closed").c_str(), 0) == 0);
  discard_root(root.state.at("root"), root.state.at("scratch"),
               test::user_at(root.state.path(), root.state.path()));
  CHECK_FALSE(fs::exists(root.state.at("root")));
  CHECK(fs::is_empty(root.state.at("scratch")));
}

TEST_CASE("paths are thrown away alone, whatever the modes, and what is around stays") {
  const Root root;
  root.state.file("root/upper/d/x");
  root.state.file("root/upper/d/e/y");
  root.state.file("root/upper/d/stays");
  REQUIRE(::chmod(root.upper("/d/e").c_str(), 0500) == 0);
  REQUIRE(::chmod(root.upper("/d").c_str(), 0555) == 0);
  CHECK(root.discard({"/d/x", "/d/e", "/d/none", "/none/x", "/d/stays/x"}) ==
        std::vector<bool>{true, true, false, false, false});
  CHECK_FALSE(fs::exists(root.upper("/d/x")));
  CHECK_FALSE(fs::exists(root.upper("/d/e")));
  CHECK(fs::exists(root.upper("/d/stays")));
  CHECK((fs::status(root.upper("/d")).permissions() & fs::perms::mask) == fs::perms{0555});
  CHECK(fs::is_empty(root.state.at("scratch")));
}

TEST_CASE("no link that a box made leads out of the upper") {
  const Root root;
  root.state.file("outside/x");
  root.state.link("root/upper/out", root.state.at("outside"));
  CHECK(root.discard({"/out/x"}) == std::vector<bool>{false});
  CHECK(fs::exists(root.state.at("outside/x")));
  CHECK(root.discard({"/out"}) == std::vector<bool>{true});
  CHECK(fs::exists(root.state.at("outside/x")));
}

TEST_CASE("in a directory that was made again no path is, and then nothing has changed") {
  const Root root;
  root.state.file("root/upper/d/e/x");
  root.state.file("root/upper/before");
  if (::setxattr(root.upper("/d").c_str(), "user.overlay.opaque", "y", 1, 0) < 0) {
    MESSAGE("no extended attributes here");
    return;
  }
  const Error error = test::error_of([&] { root.discard({"/before", "/d/e/x"}); });
  CHECK(error.message() == "cannot reset /d/e/x alone: the box has removed /d and made it again");
  CHECK(fs::exists(root.upper("/before")));
  CHECK(root.discard({"/d"}) == std::vector<bool>{true});
}

}  // namespace
}  // namespace devbox::launch
