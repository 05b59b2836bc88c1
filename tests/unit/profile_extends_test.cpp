// A profile and its bases.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "profile_testing.hpp"

namespace devbox::profile {
namespace {

using testing::Files;
using testing::load_files;
using Strings = std::vector<std::string>;

Profile profile_of(const Files& files) {
  const Loaded loaded = load_files(files);
  REQUIRE_MESSAGE(loaded.mistakes.empty(), describe(loaded.mistakes));
  return loaded.profile;
}

std::string mistakes_of(const Files& files) { return describe(load_files(files).mistakes); }

TEST_CASE("tables merge by key, arrays are replaced, and the nearer file wins") {
  const Profile profile = profile_of({
      {"/p/devbox.toml",
       "extends = ['base']\n[workspace]\nmode = 'ro'\n[env]\npass = ['A']\nset.X = 'own'\n"
       "[home.share]\na = 'rw'\n"},
      {"/names/base.toml",
       "[workspace]\nmode = 'none'\ntarget = '/src'\n[env]\npass = ['B', 'C']\n"
       "set = { X = 'base', Y = 'base' }\nfiles = ['.env']\n"
       "[home.share]\na = 'ro'\nb = 'ro'\n[shell]\nlogin = false\n"},
  });
  CHECK(profile.workspace.mode == WorkspaceMode::ro);
  CHECK(profile.workspace.target == "/src");
  CHECK(profile.workspace.at.text() == "/p/devbox.toml:2:2");
  CHECK(profile.env.pass == Strings{"A"});
  CHECK(profile.env.set == std::map<std::string, std::string>{{"X", "own"}, {"Y", "base"}});
  CHECK(profile.env.files == Strings{"/names/.env"});
  REQUIRE(profile.home.share.size() == 2);
  CHECK(profile.home.share[0].access == Access::read_write);
  CHECK(profile.home.share[1].at.text() == "/names/base.toml:10:1");
  CHECK_FALSE(profile.shell.login);
  CHECK(profile.shell.at.text() == "/names/base.toml:11:2");
}

TEST_CASE("name, description, schema and extends are not inherited") {
  const Profile profile = profile_of({
      {"/p/devbox.toml", "extends = ['base']\n"},
      {"/names/base.toml",
       "schema = 1\nname = 'base'\ndescription = 'the base'\nextends = ['deep']\n"},
      {"/names/deep.toml", "name = 'deep'\n"},
  });
  CHECK(profile.name == "p");
  CHECK(profile.description.empty());
}

TEST_CASE("of two bases the later wins, and a shared base wins over neither") {
  const Files files = {
      {"/p/devbox.toml", "extends = ['a', 'b']\n"},
      {"/names/a.toml", "extends = ['c']\n[workspace]\nmode = 'ro'\ntarget = '/a'\n"},
      {"/names/b.toml", "extends = ['c']\n[workspace]\ntarget = '/b'\n"},
      {"/names/c.toml", "[workspace]\nmode = 'none'\ntarget = '/c'\n[shell]\ncwd = '/c'\n"},
  };
  const Profile profile = profile_of(files);
  CHECK(profile.workspace.target == "/b");
  CHECK(profile.workspace.mode == WorkspaceMode::ro);
  CHECK(profile.shell.cwd == "/c");
}

TEST_CASE("the closure has the profile first and each base once, in the order of reading") {
  const Profile profile = profile_of({
      {"/p/devbox.toml", "extends = ['b', './sub/a.toml']\n"},
      {"/names/b.toml", "extends = ['c']\n"},
      {"/names/c.toml", "# c\n"},
      {"/p/sub/a.toml", "extends = ['c', '../d.toml']\n"},
      {"/p/d.toml", ""},
  });
  Strings paths;
  for (const ClosureFile& file : profile.closure) paths.push_back(file.path);
  const Strings bases = {"/names/b.toml", "/names/c.toml", "/p/sub/a.toml", "/p/d.toml"};
  CHECK(profile.extends_paths == bases);
  CHECK(paths == Strings{"/p/devbox.toml", bases[0], bases[1], bases[2], bases[3]});
  CHECK(profile.closure[2].bytes == "# c\n");
}

TEST_CASE("a path belongs to the file that wrote it") {
  const Profile profile = profile_of({
      {"/p/devbox.toml",
       "extends = ['/b$x/base.toml']\n[env.set]\nOWN = '${profile_dir}'\n"
       "[mounts.'/opt/own']\nsource = './own'\n"},
      {"/b$x/base.toml",
       "image.source = 'rootfs:../tree'\n[env]\nset.BASE = '${profile_dir}/x'\n"
       "files = ['.env', './e', '/abs', '${home}/e']\n"
       "[mounts.'/opt/base']\nsource = './base'\n"
       "[mounts.'${profile_dir}/out']\ntype = 'tmpfs'\n"},
  });
  CHECK(profile.image.source->reference == "/tree");
  CHECK(profile.env.set.at("OWN") == "/p");
  CHECK(profile.env.set.at("BASE") == "/b$$x/x");
  CHECK(profile.env.files == Strings{"/b$$x/.env", "/b$$x/e", "/abs", "${home}/e"});
  REQUIRE(profile.mounts.size() == 3);
  CHECK(profile.mounts[0].target == "/b$$x/out");
  CHECK(profile.mounts[1].source == "/b$$x/base");
  CHECK(profile.mounts[2].source == "/p/own");
}

TEST_CASE(
    "a relative path of a base keeps its origin when the profile changes only other keys of its "
    "table") {
  const Profile profile = profile_of({
      {"/p/devbox.toml", "extends = ['base']\n[mounts.'/opt//sdk/']\nmode = 'rw'\n"},
      {"/names/base.toml", "[mounts.'/opt/sdk']\nsource = './sdk'\n"},
  });
  REQUIRE(profile.mounts.size() == 1);
  CHECK(profile.mounts[0].source == "/names/sdk");
  CHECK(profile.mounts[0].mode == Access::read_write);
  CHECK(profile.mounts[0].at.text() == "/p/devbox.toml:2:9");
}

TEST_CASE("a mount of another type replaces its base's as a whole") {
  const std::string base = "[mounts.'/opt/sdk']\nsource = '/sdk'\nmode = 'rw'\n";
  const Profile masked = profile_of({
      {"/p/devbox.toml", "extends = ['base']\n[mounts.'/opt/sdk']\ntype = 'mask'\n"},
      {"/names/base.toml", base},
  });
  REQUIRE(masked.mounts.size() == 1);
  CHECK(masked.mounts[0].type == MountType::mask);
  CHECK(masked.mounts[0].source.empty());
  const Profile same = profile_of({
      {"/p/devbox.toml", "extends = ['base']\n[mounts.'/opt/sdk']\ntype = 'bind'\nmode = 'ro'\n"},
      {"/names/base.toml", base},
  });
  CHECK(same.mounts[0].source == "/sdk");
  CHECK(same.mounts[0].mode == Access::read_only);
}

TEST_CASE("a key that does not fit the type that a base gave is named where it stands") {
  CHECK(mistakes_of({{"/p/devbox.toml", "extends = ['base']\n[mounts.'/tmp/x']\nsource = '/s'\n"},
                     {"/names/base.toml", "[mounts.'/tmp/x']\ntype = 'tmpfs'\n"}}) ==
        "/p/devbox.toml:3:1: `mounts.\"/tmp/x\".source`: a mount of type \"tmpfs\" takes `size` "
        "and `mode` alone");
}

TEST_CASE("a missing base is named, and a mount that it may complete is not blamed") {
  CHECK(
      mistakes_of({{"/p/devbox.toml",
                    "extends = ['bas',\n './x.toml', '../y/z']\n[mounts.'/x']\nmode = 'ro'\n"}}) ==
      "/p/devbox.toml:1:12: `extends`: no profile called `bas`\n"
      "/p/devbox.toml:2:2: `extends`: no file `./x.toml`\n"
      "/p/devbox.toml:2:14: `extends`: no file `../y/z`");
  CHECK(mistakes_of({{"/p/devbox.toml", "extends = ['']\n"}}) ==
        "/p/devbox.toml:1:12: an entry of `extends` must not be empty");
}

TEST_CASE("a circle of bases is shown whole") {
  CHECK(mistakes_of({{"/p/devbox.toml", "extends = ['./devbox.toml']\n"}}) ==
        "/p/devbox.toml:1:12: `extends` goes in a circle: /p/devbox.toml -> /p/devbox.toml");
  CHECK(mistakes_of({{"/p/devbox.toml", "extends = ['a']\n"},
                     {"/names/a.toml", "extends = ['b']\n"},
                     {"/names/b.toml", "extends = ['x', 'a']\n"},
                     {"/names/x.toml", ""}}) ==
        "/names/b.toml:1:17: `extends` goes in a circle: /names/a.toml -> /names/b.toml -> "
        "/names/a.toml");
}

TEST_CASE("mistakes of every file are told, the profile's own first") {
  CHECK(mistakes_of({{"/p/devbox.toml", "extends = ['b', 'a']\nworkspce = 1\n"},
                     {"/names/a.toml", "nam = 'x'\n"},
                     {"/names/b.toml", "name = 1\n[network]\nmode = 1\n"}}) ==
        "/p/devbox.toml:2:1: unknown key `workspce`; did you mean `workspace`?\n"
        "/names/b.toml:1:8: `name` must be a string, not an integer\n"
        "/names/b.toml:3:8: `network.mode` must be a string, not an integer\n"
        "/names/a.toml:1:1: unknown key `nam`; did you mean `name`?");
}

TEST_CASE("a base with a syntax error or a newer schema is a mistake of its own") {
  CHECK(mistakes_of({{"/p/devbox.toml", "extends = ['a', 'b']\n"},
                     {"/names/a.toml", "x = \n"},
                     {"/names/b.toml", "schema = 3\nnew = 1\n"}}) ==
        "/names/a.toml:1:5: Error while parsing key-value pair: expected value, saw '\\n'\n"
        "/names/b.toml:1:10: schema 3 is newer than this devbox understands (1)");
}

TEST_CASE("sixteen files in a row are enough") {
  Files files = {{"/p/devbox.toml", "extends = ['b1']\n"}};
  for (int i = 1; i <= 16; ++i) {
    files["/names/b" + std::to_string(i) + ".toml"] =
        "extends = ['b" + std::to_string(i + 1) + "']\n";
  }
  files["/names/b15.toml"] = "";
  CHECK(mistakes_of(files).empty());
  files["/names/b15.toml"] = "extends = ['b16']\n";
  CHECK(mistakes_of(files) ==
        "/names/b15.toml:1:12: `extends` leads to more than 16 files in a row");
}

TEST_CASE("bases that extend each other in every way end") {
  // Followed without memory, 2^15 paths lead to the last.
  Files files = {{"/p/devbox.toml", "extends = ['l1', 'r1']\n"}};
  for (int i = 1; i < 15; ++i) {
    const std::string next = std::to_string(i + 1);
    for (const char* side : {"l", "r"}) {
      files["/names/" + (side + std::to_string(i)) + ".toml"] =
          "extends = ['l" + next + "', 'r" + next + "']\n";
    }
  }
  files["/names/l15.toml"] = "";
  files["/names/r15.toml"] = "";
  CHECK(profile_of(files).closure.size() == 31);
}

TEST_CASE("bases without end are cut off") {
  int made = 0;
  const auto find = [&](std::string_view, const std::string&) -> std::optional<Text> {
    return Text{"/b/" + std::to_string(++made) + ".toml", "extends = ['x', 'x', 'x', 'x', 'x']\n"};
  };
  const Loaded loaded = load({"/p/devbox.toml", "extends = ['x', 'x', 'x', 'x', 'x']\n"}, find);
  CHECK(made < 400);
  REQUIRE_FALSE(loaded.mistakes.empty());
  CHECK(loaded.mistakes.front().message == "`extends` leads to more than 64 files in all");
}

}  // namespace
}  // namespace devbox::profile
