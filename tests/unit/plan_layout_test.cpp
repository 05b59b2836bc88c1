#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>

#include "plan/target.hpp"
#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

profile::Mount bind_of(const std::string& source, const std::string& target) {
  profile::Mount mount;
  mount.source = source;
  mount.target = target;
  return mount;
}

std::vector<std::string> names(const std::vector<Made>& made) {
  std::vector<std::string> paths;
  for (const Made& one : made) paths.push_back(one.path);
  return paths;
}

std::vector<std::string> targets(const Plan& plan) {
  std::vector<std::string> all;
  for (const Mount& mount : plan.mounts) {
    if (const std::string* target = target_of(mount)) all.push_back(*target);
  }
  return all;
}

}  // namespace

TEST_CASE("a tree that holds every name is bound whole") {
  World world;
  world.tree.directory("/home/ann");
  const Plan plan = world.plan();
  CHECK(std::holds_alternative<RootBind>(plan.mounts.front()));
  CHECK(mounts_of<Mirror>(plan).empty());
}

TEST_CASE("a parent is mounted before what lies on it") {
  World world;
  world.has("/sdk").has("/data");
  world.profile.mounts = {bind_of("/data", "/opt/sdk/data"), bind_of("/sdk", "/opt/sdk")};
  world.has("/sdk/data");
  const std::vector<std::string> all = targets(world.plan());
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      CHECK_MESSAGE(!(all[i] != all[j] && path::is_within(all[i], all[j])),
                    all[i] << " before " << all[j]);
    }
  }
}

TEST_CASE("a name that / lacks turns / into a mirror of the tree") {
  World world;
  world.request.project = "/work/app";
  const Plan plan = world.plan();
  REQUIRE(std::holds_alternative<Mirror>(plan.mounts.front()));
  const auto& mirror = std::get<Mirror>(plan.mounts.front());
  CHECK(mirror.target == "/");
  CHECK(mirror.bound_directories == std::vector<std::string>{"etc", "home", "opt", "usr", "var"});
  const std::vector<std::string> made = names(mirror.made);
  for (const char* wanted : {"bin", "dev", "proc", "run", "sys", "tmp", "work", "work/app"}) {
    CHECK_MESSAGE(std::count(made.begin(), made.end(), wanted) == 1, wanted);
  }
}

TEST_CASE(
    "a deeper directory that lacks a name becomes an overlay, and one overlay takes in what is "
    "deeper") {
  World world;
  world.has("/a").has("/b");
  world.tree.directory("/opt/vendor").directory("/opt/vendor/lib");
  world.profile.mounts = {bind_of("/a", "/opt/sdk"), bind_of("/b", "/opt/vendor/lib/x/y")};
  const auto overlays = mounts_of<Overlay>(world.plan());
  const auto opt = std::find_if(overlays.begin(), overlays.end(),
                                [](const Overlay& o) { return o.target == "/opt"; });
  REQUIRE(opt != overlays.end());
  CHECK(names(opt->made) ==
        std::vector<std::string>{"sdk", "vendor", "vendor/lib", "vendor/lib/x", "vendor/lib/x/y"});
  CHECK(std::none_of(overlays.begin(), overlays.end(),
                     [](const Overlay& o) { return o.target == "/opt/vendor/lib"; }));
}

TEST_CASE("below Linux 5.11, where users have no overlays, that directory is mirrored by binds") {
  World world;
  world.host.kernel = {5, 10};
  world.has("/a");
  world.tree.directory("/opt/vendor").file("/opt/readme");
  world.profile.mounts = {bind_of("/a", "/opt/sdk")};
  const Plan plan = world.plan();
  CHECK(mounts_of<Overlay>(plan).empty());
  const auto mirrors = mounts_of<Mirror>(plan);
  const auto opt = std::find_if(mirrors.begin(), mirrors.end(),
                                [](const Mirror& m) { return m.target == "/opt"; });
  REQUIRE(opt != mirrors.end());
  CHECK(opt->bound_directories == std::vector<std::string>{"vendor"});
  CHECK(opt->bound_files == std::vector<std::string>{"readme"});
  CHECK(names(opt->made) == std::vector<std::string>{"sdk"});
}

TEST_CASE("what a mirror's own file would be covered by is mounted on an empty file in its place") {
  World world;
  world.host.kernel = {5, 10};
  world.has("/a", host::NodeKind::file).has("/b");
  world.tree.file("/opt/readme");
  world.profile.mounts = {bind_of("/b", "/opt/sdk"), bind_of("/a", "/opt/readme")};
  const auto mirrors = mounts_of<Mirror>(world.plan());
  const auto opt = std::find_if(mirrors.begin(), mirrors.end(),
                                [](const Mirror& m) { return m.target == "/opt"; });
  REQUIRE(opt != mirrors.end());
  CHECK(opt->bound_files.empty());
  CHECK(names(opt->made) == std::vector<std::string>{"readme", "sdk"});
}

TEST_CASE("below Linux 5.11 a profile may mount on /etc and on a file that is generated there") {
  for (const char* target : {"/etc", "/etc/hosts"}) {
    const bool whole = std::string(target) == "/etc";
    World world;
    world.host.kernel = {5, 10};
    world.has("/a", whole ? host::NodeKind::directory : host::NodeKind::file);
    world.tree.file("/etc/hosts");
    world.profile.mounts = {bind_of("/a", target)};
    const std::vector<std::string> all = targets(world.plan());
    CHECK_MESSAGE(std::count(all.begin(), all.end(), target) == 1, target);
  }
}

TEST_CASE("a target that leads through a link of the image is mounted where the link leads") {
  World world;
  world.has("/a");
  world.profile.mounts = {bind_of("/a", "/var/run/socket.d")};
  const Plan plan = world.plan();
  const std::vector<std::string> all = targets(plan);
  CHECK(std::count(all.begin(), all.end(), "/run/socket.d") == 1);
}

TEST_CASE("what cannot be mounted on is said with the file, the line and the reason") {
  struct Row {
    const char* target;
    host::NodeKind source;
    const char* message;
    const char* reason;
  };
  const Row rows[] = {
      {"/bin", host::NodeKind::directory,
       "devbox.toml:7:1: /bin is a symbolic link to usr/bin in the image, and a directory cannot "
       "be mounted on a link; name what it leads to, /usr/bin",
       "the kernel answers EINVAL"},
      {"/home/ann/work/link", host::NodeKind::directory,
       "devbox.toml:7:1: /home/ann/work/link is a symbolic link to ../out on the host, and a "
       "directory cannot be mounted on a link; name what it leads to, /home/ann/out",
       "the same of a link in a bind"},
      {"/etc/passwd", host::NodeKind::directory,
       "devbox.toml:7:1: /etc/passwd: it is a file in the image, and a directory is to be mounted "
       "on it",
       "the kernel answers ENOTDIR"},
      {"/usr/bin", host::NodeKind::file,
       "devbox.toml:7:1: /usr/bin: it is a directory in the image, and a file is to be mounted on "
       "it",
       "the kernel answers ENOTDIR"},
      {"/proc", host::NodeKind::directory,
       "devbox.toml:7:1: /proc: the box mounts something else on it already",
       "two mounts on one target: the lower would be there for nothing"},
      {"/home/ann/work/out", host::NodeKind::directory,
       "devbox.toml:7:1: /home/ann/work/out: there is nothing to mount on: /home/ann/work/out is "
       "not there; make it first",
       "devbox makes nothing in the user's project"},
  };
  for (const Row& row : rows) {
    World world;
    world.has("/src", row.source);
    world.has("/home/ann/work/link").paths["/home/ann/work/link"].link = "../out";
    profile::Mount mount = bind_of("/src", row.target);
    mount.at = {"devbox.toml", 7, 1};
    world.profile.mounts = {mount};
    CHECK_MESSAGE(world.mistake() == row.message, row.reason);
  }
}

TEST_CASE("a mask is of the kind of what it hides, and over a link it is a file") {
  struct Row {
    const char* target;
    FileKind kind;
    const char* reason;
  };
  const Row rows[] = {
      {"/usr/bin", FileKind::directory, "a directory of the image"},
      {"/etc/passwd", FileKind::file, "a file of the image"},
      {"/bin", FileKind::file, "a link to a directory is itself no directory"},
      {"/dangling", FileKind::file, "nor is one that leads nowhere"},
      {"/home/ann/work/secret", FileKind::directory, "a directory of the workspace"},
      {"/home/ann/work/token", FileKind::file, "a file of the workspace"},
      {"/home/ann/work/socket", FileKind::file, "what is neither is no directory"},
      {"/home/ann/work/link", FileKind::file, "a link of the workspace"},
      {"/home/ann/work/dangling", FileKind::file, "one that leads nowhere is there to be hidden"},
      {"/opt/sdk/token", FileKind::file, "a file of a bind that has another name outside"},
  };
  for (const Row& row : rows) {
    World world;
    world.tree.link("/dangling", "nowhere");
    world.has("/sdk").has("/sdk/token", host::NodeKind::file);
    world.has("/home/ann/work/secret").has("/home/ann/work/token", host::NodeKind::file);
    world.has("/home/ann/work/socket", host::NodeKind::other).has("/home/ann/work/link");
    world.paths["/home/ann/work/link"].link = "secret";
    world.paths["/home/ann/work/dangling"] = {host::NodeKind::missing, "", ENOENT, 0, "nowhere"};
    profile::Mount mask;
    mask.type = profile::MountType::mask;
    mask.target = row.target;
    world.profile.mounts = {bind_of("/sdk", "/opt/sdk"), mask};
    CHECK_MESSAGE(world.mistake() == "", row.reason);
    const auto masks = mounts_of<Mask>(world.plan());
    REQUIRE(masks.size() == 1);
    CHECK(masks[0].target == row.target);
    CHECK_MESSAGE(masks[0].kind == row.kind, row.reason);
  }
}

TEST_CASE("a mask in /proc or /sys is of the kind that the host's name there has") {
  World world;
  world.has("/proc/kcore", host::NodeKind::file).has("/sys/firmware").has("/proc/acpi");
  for (const char* target : {"/proc/kcore", "/proc/acpi", "/sys/firmware"}) {
    profile::Mount mask;
    mask.type = profile::MountType::mask;
    mask.target = target;
    world.profile.mounts.push_back(mask);
  }
  for (const profile::NetworkMode network :
       {profile::NetworkMode::host, profile::NetworkMode::none}) {
    world.request.network = network;
    CHECK(world.mistake() == "");
    for (const Mask& mask : mounts_of<Mask>(world.plan()))
      CHECK((mask.kind == FileKind::file) == (mask.target == "/proc/kcore"));
  }
  const Questions asked = questions(world.resolved(), world.profile, world.host);
  CHECK(std::count(asked.paths.begin(), asked.paths.end(), "/sys/firmware") == 1);
  CHECK(std::count(asked.paths.begin(), asked.paths.end(), "/proc/kcore") == 1);
}

TEST_CASE("what a profile mounts in or on the runtime directory has its place") {
  World in;
  in.has("/socket", host::NodeKind::file);
  in.request.binds = {{"/socket", "/run/user/1000/wayland-0", profile::Access::read_write},
                      {"/socket", "/run/lock/x", profile::Access::read_write}};
  CHECK(in.mistake() == "");
  const std::vector<std::string> all = targets(in.plan());
  const auto directory = std::find(all.begin(), all.end(), "/run/user/1000");
  const auto socket = std::find(all.begin(), all.end(), "/run/user/1000/wayland-0");
  REQUIRE(socket != all.end());
  CHECK(directory < socket);
  CHECK(std::count(all.begin(), all.end(), "/run/user/1000") == 1);
  World on;
  on.has("/runtime").has("/users");
  for (const char* target : {"/run/user/1000", "/run/user", "/run"}) {
    on.request.binds = {{"/runtime", target, profile::Access::read_only}};
    CHECK_MESSAGE(on.mistake() == "", target);
    const std::vector<std::string> mounted = targets(on.plan());
    CHECK(std::count(mounted.begin(), mounted.end(), target) == 1);
  }
}

TEST_CASE("a missing source is a mistake, and with optional a note") {
  World world;
  profile::Mount mount = bind_of("/nowhere", "/opt/sdk");
  mount.at = {"devbox.toml", 3, 1};
  world.profile.mounts = {mount};
  CHECK(world.mistake() ==
        "devbox.toml:3:1: `mounts./opt/sdk`: the source /nowhere is not there; `optional = true` "
        "skips it then");
  world.profile.mounts[0].optional = true;
  const Plan plan = world.plan();
  REQUIRE(plan.notes.size() == 1);
  CHECK(plan.notes[0].text == "mounts./opt/sdk: skipped, /nowhere is not there");
}

TEST_CASE("two targets that are one are a mistake") {
  World world;
  world.has("/a").has("/b");
  world.request.binds = {{"/a", "/opt/x", profile::Access::read_only},
                         {"/b", "/opt//x/", profile::Access::read_only}};
  CHECK(world.mistake() == "`--bind` and `--bind` have the same target, /opt/x");
}

TEST_CASE("--bind wins over the profile's mount on the same target") {
  World world;
  world.has("/a").has("/b");
  world.profile.mounts = {bind_of("/a", "/opt/x")};
  world.request.binds = {{"/b", "/opt/x", profile::Access::read_write}};
  const auto binds = mounts_of<Bind>(world.plan());
  const auto found =
      std::find_if(binds.begin(), binds.end(), [](const Bind& b) { return b.target == "/opt/x"; });
  REQUIRE(found != binds.end());
  CHECK(found->source == "/b");
  CHECK(found->access == Access::read_write);
}

TEST_CASE("the host's image shows its toolchain and nobody's files") {
  World world;
  world.profile.image.source = profile::Source{};
  world.tree.directory("/root").directory("/srv").directory("/mnt");
  const Plan plan = world.plan();
  const auto& mirror = std::get<Mirror>(plan.mounts.front());
  CHECK(mirror.bound_directories == std::vector<std::string>{"etc", "opt", "usr"});
  const std::vector<std::string> made = names(mirror.made);
  CHECK(std::count(made.begin(), made.end(), "home/ann") == 1);
  CHECK(std::count(made.begin(), made.end(), "root") == 0);
}

TEST_CASE("the host's uid 0 finds /proc/sys and its like read-only, a user's box has them fresh") {
  World world;
  CHECK_FALSE(mounts_of<Proc>(world.plan()).at(0).covered);
  world.host.uid = 0;
  CHECK(mounts_of<Proc>(world.plan()).at(0).covered);
}

}  // namespace devbox::plan
