#include "store/profiles.hpp"

#include <doctest/doctest.h>

#include "host_temporary.hpp"
#include "store/reference.hpp"

namespace devbox::store {
namespace {

using host::Host;
using test::contains;
using test::error_of;
using test::TemporaryDirectory;
using test::user_at;

constexpr std::string_view kProfile = "schema = 1\n[image]\nsource = \"host\"\n";

TEST_CASE("names are looked for in the user's directory, the system's, and the installed one") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  const std::vector<Found> path = search_path(host, "/usr/share/devbox/profiles");
  REQUIRE(path.size() == 3);
  CHECK(path[0].path == here.at(".config/devbox/profiles"));
  CHECK(path[0].origin == Origin::user);
  CHECK(path[1].path == "/etc/devbox/profiles");
  CHECK(path[1].origin == Origin::system);
  CHECK(path[2].path == "/usr/share/devbox/profiles");
  CHECK(path[2].origin == Origin::installed);
}

TEST_CASE("the first directory that has the name wins") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  here.file("share/cpp.toml", kProfile);
  CHECK(find("cpp", host, here.at("share")).origin == Origin::installed);
  here.file(".config/devbox/profiles/cpp.toml", kProfile);
  const Found found = find("cpp", host, here.at("share"));
  CHECK(found.origin == Origin::user);
  CHECK(found.path == here.at(".config/devbox/profiles/cpp.toml"));
}

TEST_CASE("an unknown name is told where it was looked for, with the nearest that is known") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  here.file("share/cpp.toml", kProfile);
  const Error error = error_of([&] { find("ccp", host, here.at("share")); });
  CHECK(error.message() == "no profile is called `ccp`; looked in " +
                               here.at(".config/devbox/profiles") + ", /etc/devbox/profiles, " +
                               here.at("share"));
  CHECK(error.hint() == "did you mean `cpp`?");
  CHECK(contains(error_of([&] { find("something", host, here.at("share")); }).hint(),
                 "devbox profile ls"));
}

TEST_CASE("a name cannot leave its directory") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  for (const char* name : {".", "..", ".hidden", ".#cpp"}) {
    const Error error = error_of([&] { find(name, host, here.at("share")); });
    CHECK_MESSAGE(error.kind() == Error::Kind::usage, name);
  }
  CHECK_FALSE(is_name(""));
  CHECK_FALSE(is_name("a/b"));
  CHECK_FALSE(is_name(std::string_view("a\0b", 3)));
}

TEST_CASE("a directory of profiles that cannot be looked into is an error, not passed over") {
  if (test::is_root()) return;  // whom no mode stops
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  here.file("share/cpp.toml", kProfile);
  here.file(".config/devbox/profiles/cpp.toml", kProfile);
  here.directory(".config/devbox/profiles", 0);
  CHECK(contains(error_of([&] { find("cpp", host, here.at("share")); }).message(),
                 "Permission denied"));
  CHECK(contains(error_of([&] { list(host, here.at("share")); }).message(),
                 "cannot list the profiles in"));
  here.directory(".config/devbox/profiles", 0311);  // can be entered
  CHECK(find("cpp", host, here.at("share")).origin == Origin::user);
  CHECK(error_of([&] { find("ccp", host, here.at("share")); }).hint() == "did you mean `cpp`?");
}

TEST_CASE("the list is sorted by name, and a name that is hidden is in it once") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  for (const char* name :
       {"share/cpp.toml", "share/zig.toml", ".config/devbox/profiles/go.toml",
        ".config/devbox/profiles/cpp.toml", "share/README", "share/.#cpp.toml", "share/.toml"}) {
    here.file(name, kProfile);
  }
  here.link("share/gone.toml", "nothing");
  here.file("share/new\nline.toml", kProfile);
  std::vector<std::string> paths;
  for (const Found& found : list(host, here.at("share"))) {
    if (found.origin != Origin::system) paths.push_back(found.path);
  }
  CHECK(paths == std::vector<std::string>{here.at(".config/devbox/profiles/cpp.toml"),
                                          here.at(".config/devbox/profiles/go.toml"),
                                          here.at("share/new\nline.toml"),
                                          here.at("share/zig.toml")});
}

TEST_CASE("a lock file beside a profile is no profile of the list, and none that is meant") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  here.file("share/cpp.toml", kProfile);
  here.file("share/cpp.lock.toml", "schema = 1\n");
  here.file("share/lone.lock.toml", "schema = 1\n");
  const std::vector<Found> all = list(host, here.at("share"));
  REQUIRE(all.size() == 1);
  CHECK(all[0].path == here.at("share/cpp.toml"));
  CHECK(error_of([&] { find("lone.loc", host, here.at("share")); }).hint() !=
        "did you mean `lone.lock`?");
}

TEST_CASE("a path is taken from the working directory, and is a project's") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.directory("p"));
  here.file("p/box.toml", kProfile);
  here.file("p/plain", kProfile);
  CHECK(find("box.toml", host, "").path == here.at("p/box.toml"));
  CHECK(find("./box.toml", host, "").path == here.at("p/box.toml"));
  CHECK(find("./plain", host, "").path == here.at("p/plain"));
  CHECK(find(here.at("p/box.toml"), host, "").origin == Origin::project);
  CHECK(find("../p/box.toml", host, "").path == here.at("p/box.toml"));
}

TEST_CASE("a path into a directory of names is the profile of that name") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.directory("p"));
  here.file("share/cpp.toml", kProfile);
  const std::string mine = here.file(".config/devbox/profiles/cpp.toml", kProfile);
  here.file(".config/devbox/profiles/.hidden.toml", kProfile);
  here.file(".config/devbox/profiles/deeper/cpp.toml", kProfile);
  here.file(".config/devbox/profiles/README", kProfile);
  here.link("alias", ".config/devbox/profiles");
  here.link("p/link.toml", mine);
  for (const std::string& path :
       {mine, here.at("alias/cpp.toml"), std::string("../.config/devbox/profiles/cpp.toml")}) {
    const Found found = find(path, host, here.at("share"));
    CHECK_MESSAGE(found.origin == Origin::user, path);
    CHECK_MESSAGE(found.path == mine, path);
  }
  CHECK(find(here.at("share/cpp.toml"), host, here.at("share")).origin == Origin::installed);
  for (const std::string& path :
       {here.at(".config/devbox/profiles/deeper/cpp.toml"), here.at("p/link.toml"),
        here.at(".config/devbox/profiles/.hidden.toml"), here.at(".config/devbox/profiles/README")})
    CHECK_MESSAGE(find(path, host, here.at("share")).origin == Origin::project, path);
}

TEST_CASE("a path with `..` after a link is the file that the kernel would open") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.directory("p"));
  here.file("real/x.toml", kProfile);
  here.directory("real/sub");
  here.link("p/link", "../real/sub");
  here.file("p/x.toml", "another");
  CHECK(find("link/../x.toml", host, "").path == here.at("real/x.toml"));
  here.link("p/y.toml", "x.toml");
  CHECK(find("./y.toml", host, "").path == here.at("p/y.toml"));  // the last link is kept
}

TEST_CASE("a path to nothing, or to a directory, is told so") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  CHECK(error_of([&] { find("./no.toml", host, ""); }).message() ==
        "cannot read the profile " + here.at("no.toml") + ": it is not there");
  here.file("p/devbox.toml", kProfile);
  const Error error = error_of([&] { find("./p", host, ""); });
  CHECK(error.message() == "cannot read the profile " + here.at("p") + ": it is a directory");
  CHECK(error.hint() == "did you mean " + here.at("p/devbox.toml") + "?");
  here.link("loop.toml", "loop.toml");
  CHECK(contains(error_of([&] { find("loop.toml", host, ""); }).message(), "Too many levels"));
  Host lost = host;
  lost.cwd.clear();
  CHECK(contains(error_of([&] { find("x.toml", lost, ""); }).message(),
                 "the working directory is gone"));
  CHECK(contains(error_of([&] { find("", lost, ""); }).message(), "the working directory is gone"));
}

TEST_CASE("the nearest devbox.toml upwards is found, that of the home directory too") {
  const TemporaryDirectory here;
  here.directory("a/b/c");
  const Host host = user_at(here.path(), here.at("a/b/c"));
  here.file("devbox.toml", kProfile);
  CHECK(find("", host, "").path == here.at("devbox.toml"));
  here.file("a/devbox.toml", kProfile);
  CHECK(find("", host, "").path == here.at("a/devbox.toml"));
  CHECK(find("", host, "").origin == Origin::project);
}

TEST_CASE("the search stops at the home directory, under whatever name") {
  const TemporaryDirectory here;
  here.file("devbox.toml", kProfile);
  here.directory("home/dev/p");
  here.link("alias", "home/dev");
  const Error error =
      error_of([&] { find("", user_at(here.at("alias"), here.at("home/dev/p")), ""); });
  CHECK(error.message() == "found no devbox.toml from " + here.at("home/dev/p") + " upwards (" +
                               here.at("home/dev") + " is your home directory)");
  CHECK(contains(error.hint(), "devbox init"));
}

TEST_CASE("the search stops at a file-system boundary") {
  struct stat below {};
  struct stat above {};
  if (::stat("/dev/shm", &below) != 0 || ::stat("/dev", &above) != 0 ||
      below.st_dev == above.st_dev)
    return;
  const TemporaryDirectory here("/dev/shm");
  const Error error = error_of([&] { find("", user_at("/nowhere", here.path()), ""); });
  CHECK(contains(error.message(), "(/dev is on another file system)"));
}

TEST_CASE("a lone devbox.json is explained") {
  const TemporaryDirectory here;
  here.file("p/devbox.json", "{}");
  const Error error = error_of([&] { find("", user_at(here.path(), here.at("p")), ""); });
  CHECK(contains(error.message(),
                 here.at("p/devbox.json") + " belongs to another tool that is called devbox"));
}

TEST_CASE("a devbox.toml of another user is not used unless it is named") {
  if (!test::is_root()) return;  // only root can make a file of another user
  const TemporaryDirectory here;
  const std::string file = here.file("p/devbox.toml", kProfile);
  here.directory("p/sub");
  test::give_away(file);
  const Error error = error_of([&] { find("", user_at(here.path(), here.at("p")), ""); });
  CHECK(contains(error.message(), file + " belongs to uid 12345, not to you"));
  CHECK(error.hint() == "name it explicitly (-p ./devbox.toml) to use it");
  CHECK(contains(error_of([&] { find("", user_at(here.path(), here.at("p/sub")), ""); }).hint(),
                 "(-p " + file + ")"));
  CHECK(find("./devbox.toml", user_at(here.path(), here.at("p")), "").path == file);
}

TEST_CASE("a link of another user to one's own profile is not followed unless it is named") {
  if (!test::is_root()) return;
  const TemporaryDirectory here;
  here.file("mine.toml", kProfile);
  here.directory("p");
  test::give_away(here.link("p/devbox.toml", "../mine.toml"));
  CHECK_THROWS_AS(find("", user_at(here.path(), here.at("p")), ""), Error);
  test::give_away(here.file("q/theirs.toml", kProfile));
  here.link("q/devbox.toml", "theirs.toml");
  CHECK_THROWS_AS(find("", user_at(here.path(), here.at("q")), ""), Error);
}

TEST_CASE("the search stops at a directory of another user, and says what is there") {
  const TemporaryDirectory here;
  here.directory("p/sub");
  here.file("devbox.toml", kProfile);
  Host host = user_at(here.path(), here.at("p/sub"));
  if (test::is_root()) {
    test::give_away(here.at("p"));
  } else {
    host.uid = test::kSomebody;  // to whom all of this is foreign
  }
  const std::string foreign = test::is_root() ? here.at("p") : here.at("p/sub");
  const std::string owner = std::to_string(test::is_root() ? test::kSomebody : ::geteuid());
  CHECK(contains(error_of([&] { find("", host, ""); }).message(),
                 "(" + foreign + " belongs to uid " + owner + ", not to you)"));
  here.file(foreign.substr(here.path().size() + 1) + "/devbox.toml", kProfile);
  const Error error = error_of([&] { find("", host, ""); });
  CHECK(contains(error.message(), "belongs to uid " + owner + ", not to you"));
  CHECK(contains(error.hint(), "name it explicitly"));
}

TEST_CASE("a profile is read with the bases that it extends by name and by path") {
  const TemporaryDirectory here;
  const Host host = user_at(here.directory("home"), here.directory("p"));
  here.file("home/.config/devbox/profiles/base.toml", "schema = 1\n[env]\nset = { A = \"1\" }\n");
  here.file("home/mine.toml", "schema = 1\n[env]\nset = { B = \"2\" }\n");
  here.file("p/lib/near.toml",
            "schema = 1\nextends = [\"../up.toml\"]\n[env]\nset = { C = \"3\" }\n");
  here.file("p/up.toml", "schema = 1\n[env]\nset = { D = \"4\" }\n");
  here.file("p/devbox.toml",
            "schema = 1\nextends = [\"base\", \"~/mine.toml\", \"./lib/near.toml\"]\n"
            "[image]\nsource = \"host\"\n");
  const profile::Profile profile = read(find("", host, ""), host, "");
  CHECK(profile.path == here.at("p/devbox.toml"));
  CHECK(profile.env.set.size() == 4);
  REQUIRE(profile.closure.size() == 5);
  CHECK(profile.closure[0].path == here.at("p/devbox.toml"));
}

TEST_CASE("mistakes in a profile are told as the profile stage tells them") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  const std::string file = here.file("devbox.toml", "schema = 1\n[imgae]\nsource = \"host\"\n");
  const Error error = error_of([&] { read(find("", host, ""), host, ""); });
  const profile::Loaded loaded =
      profile::load({file, "schema = 1\n[imgae]\nsource = \"host\"\n"},
                    [](std::string_view, const std::string&) { return std::nullopt; });
  CHECK(error.message() == profile::describe(loaded.mistakes));
  CHECK(contains(error.message(), "imgae"));
}

TEST_CASE("a base that is not there is a mistake of the profile") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  for (const char* base : {"nobody", "./no.toml", "/no/x.toml", "~/no.toml", "..", ""}) {
    here.file("devbox.toml", "schema = 1\nextends = [\"" + std::string(base) +
                                 "\"]\n[image]\nsource = \"host\"\n");
    CHECK_THROWS_AS(read(find("", host, ""), host, ""), Error);
  }
}

TEST_CASE("a FIFO, a directory or a giant in place of a profile is refused at once") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  here.fifo("fifo.toml");
  CHECK(contains(error_of([&] { read(find("fifo.toml", host, ""), host, ""); }).message(),
                 "it is a FIFO"));
  here.file("long.toml", std::string(1024 * 1024 + 1, '#'));
  CHECK(contains(error_of([&] { read(find("long.toml", host, ""), host, ""); }).message(),
                 "it is longer than 1 MiB"));
  here.directory("p/devbox.toml");
  const Host in_p = user_at(here.path(), here.at("p"));
  CHECK(error_of([&] { read(find("", in_p, ""), in_p, ""); }).message() ==
        "cannot read " + here.at("p/devbox.toml") + ": it is a directory");
}

TEST_CASE("a FIFO in place of a base is refused, and who extends it is named") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  here.fifo("base.toml");
  const std::string file = here.file("devbox.toml", "schema = 1\nextends = [\"./base.toml\"]\n");
  CHECK(error_of([&] { read(find("", host, ""), host, ""); }).message() ==
        file + " extends `./base.toml`: cannot read " + here.at("base.toml") +
            ": it is a FIFO, not a regular file");
}

}  // namespace
}  // namespace devbox::store
