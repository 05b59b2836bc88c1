#include <doctest/doctest.h>

#include <algorithm>

#include "plan/describe.hpp"
#include "plan/needs.hpp"
#include "plan_testing.hpp"
#include "util/json.hpp"

namespace devbox::plan {
namespace {

constexpr const char* kKept =
    "/home/ann/.local/state/devbox/roots/0123456789abcdef0123456789abcdef/aaaa";

World a_world(profile::Root root) {
  World world;
  world.profile.image.root = root;
  world.profile.image.root_at = {"devbox.toml", 5, 8};
  world.kept.directory = kKept;
  return world;
}

World a_discarding_world() {
  World world;
  world.profile.workspace.mode = profile::WorkspaceMode::overlay;
  world.profile.workspace.at = {"devbox.toml", 7, 2};
  return world.has("/home/ann/work");
}

const Made* find_made(const WritableRoot& root, const std::string& path) {
  const auto found = std::find_if(root.made.begin(), root.made.end(),
                                  [&](const Made& made) { return made.path == path; });
  return found == root.made.end() ? nullptr : &*found;
}

profile::Mount a_mount(profile::MountType type, const std::string& target) {
  profile::Mount mount;
  mount.type = type;
  mount.target = target;
  return mount;
}

const Bind* bind_on(const Plan& plan, const std::string& target) {
  for (const Mount& mount : plan.mounts) {
    const auto* bind = std::get_if<Bind>(&mount);
    if (bind != nullptr && bind->target == target) return bind;
  }
  return nullptr;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("owners are pretended to root of a single id alone, and only where it may write") {
  struct Row {
    profile::Root root;
    profile::IdMap map;
    bool pretends;
    const char* reason;
  };
  const Row rows[] = {
      {profile::Root::ephemeral, profile::IdMap::root, true, "chown(2) has nobody to give it to"},
      {profile::Root::persistent, profile::IdMap::root, true, "the same"},
      {profile::Root::read_only, profile::IdMap::root, false, "there is nothing to own"},
      {profile::Root::ephemeral, profile::IdMap::self, false, "who is not root expects EPERM"},
      {profile::Root::ephemeral, profile::IdMap::subids, false, "there are ids to give it to"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    World world = a_world(row.root);
    world.profile.map = row.map;
    world.subordinate = host::SubordinateIds{{{100000, 65536}}, {{100000, 65536}}, ""};
    world.tree.directory("/etc/apt").directory("/etc/apt/apt.conf.d");
    const Plan plan = world.plan();
    CHECK(plan.pretends_ownership == row.pretends);
    CHECK(holds(describe(plan), "chown, setuid and mknod") == row.pretends);
    const std::vector<WritableRoot> roots = mounts_of<WritableRoot>(plan);
    const bool tells_apt =
        !roots.empty() && find_made(roots.front(), "etc/apt/apt.conf.d/99devbox") != nullptr;
    CHECK(tells_apt == row.pretends);
  }
}

TEST_CASE("an image without apt gets no configuration of it") {
  World world = a_world(profile::Root::ephemeral);
  world.profile.map = profile::IdMap::root;
  CHECK(find_made(mounts_of<WritableRoot>(world.plan()).at(0), "etc/apt") == nullptr);
}

TEST_CASE("a writable root is one overlay that has every name that the tree lacks") {
  World world = a_world(profile::Root::ephemeral);
  world.profile.mounts = {a_mount(profile::MountType::tmpfs, "/opt/new/deep")};
  const Plan plan = world.plan();
  REQUIRE(std::holds_alternative<WritableRoot>(plan.mounts.front()));
  const auto& root = std::get<WritableRoot>(plan.mounts.front());
  for (const char* path :
       {"etc", "etc/passwd", "etc/group", "etc/hosts", "etc/hostname", "etc/resolv.conf", "home",
        "home/ann", "opt", "opt/new", "opt/new/deep"}) {
    CHECK_MESSAGE(find_made(root, path) != nullptr, path);
  }
  CHECK(mounts_of<Mirror>(plan).empty());
  CHECK(mounts_of<Overlay>(plan).empty());
  const auto at = [&](const char* path) { return find_made(root, path) - root.made.data(); };
  CHECK(at("opt") < at("opt/new"));
  CHECK(at("opt/new") < at("opt/new/deep"));
}

TEST_CASE("nothing generated is mounted over a name of a writable root's /etc") {
  for (const char* resolv_conf :
       {"/run/systemd/resolve/stub-resolv.conf", "/etc/resolv.conf", ""}) {
    World world = a_world(profile::Root::ephemeral);
    world.host.resolv_conf = resolv_conf;
    const Plan plan = world.plan();
    CHECK(mounts_of<CoverFile>(plan).empty());
    for (const Bind& bind : mounts_of<Bind>(plan))
      CHECK_FALSE_MESSAGE(path::is_within(bind.target, "/etc"), resolv_conf);
  }
  World world = a_world(profile::Root::ephemeral);
  world.host.resolv_conf = "/etc/resolv.conf";
  const Plan plan = world.plan();
  CHECK(find_made(std::get<WritableRoot>(plan.mounts.front()), "etc/resolv.conf")->content ==
        "/run/devbox/resolv.conf");
  CHECK(bind_on(plan, "/run/devbox/resolv.conf")->source == "/etc/resolv.conf");
}

TEST_CASE("the plan says which way the root was chosen, and where its writes go") {
  const Plan ephemeral = a_world(profile::Root::ephemeral).plan();
  CHECK(ephemeral.scratch == "/home/ann/.local/state/devbox/ephemeral");
  CHECK(ephemeral.kept.empty());
  CHECK(holds(describe(ephemeral),
              "root        /trees/debian, ephemeral, upper in "
              "/home/ann/.local/state/devbox/ephemeral, thrown away\n"));
  const Plan persistent = a_world(profile::Root::persistent).plan();
  CHECK(persistent.kept == kKept);
  CHECK(persistent.scratch.empty());
  CHECK(persistent.directories.empty());
  CHECK(holds(describe(persistent),
              std::string("root        /trees/debian, persistent, upper in ") + kKept + "\n"));
  const auto json = parse_json(describe_json(persistent));
  REQUIRE(json.has_value());
  CHECK((*json)["root_mode"] == "persistent");
  CHECK((*json)["upper"] == kKept);
  CHECK((*parse_json(describe_json(World().plan())))["root_mode"] == "read-only");
}

TEST_CASE("a writable root needs an overlay that can be written, a read-only one does not") {
  CHECK(needs(a_world(profile::Root::ephemeral).plan()).contains(host::Feature::writable));
  CHECK(needs(a_world(profile::Root::persistent).plan()).contains(host::Feature::writable));
  CHECK(needs(a_discarding_world().plan()).contains(host::Feature::writable));
  CHECK_FALSE(needs(World().plan()).contains(host::Feature::writable));
}

TEST_CASE("where no overlay can be written, that is said, and no other way is taken") {
  World old = a_world(profile::Root::persistent);
  old.host.kernel = {5, 10};
  CHECK(old.mistake() ==
        "devbox.toml:5:8: `image.root`: overlays in a user namespace need Linux 5.11 or later; "
        "this is Linux 5.10");
  World workspace = a_discarding_world();
  workspace.host.kernel = {5, 10};
  CHECK(workspace.mistake() ==
        "devbox.toml:7:2: `workspace.mode`: overlays in a user namespace need Linux 5.11 or later; "
        "this is Linux 5.10");
}

TEST_CASE("the host's own root is never writable, and the reason is told") {
  World world = a_world(profile::Root::ephemeral);
  world.profile.image.source = profile::Source{};
  CHECK(holds(world.mistake(),
              "devbox.toml:5:8: `image.root`: the host's own programs are "
              "read-only in every box"));
}

TEST_CASE("a tree of an id that the box does not have cannot have a writable root") {
  World world = a_world(profile::Root::ephemeral);
  world.tree_owner = 0;
  CHECK(holds(world.mistake(), "/trees/debian belongs to uid 0, which the box does not have"));
}

TEST_CASE("what is written is never kept in what it is written over") {
  World world = a_discarding_world();
  world.host.dirs.state = "/home/ann/work/state";
  CHECK(holds(world.mistake(),
              "`workspace.mode`: what is written would go to "
              "/home/ann/work/state, which lies in the workspace itself"));
}

TEST_CASE("a root that was kept for another tree stays, and its owner is told once") {
  World world = a_world(profile::Root::persistent);
  world.kept.others = {"/trees/old"};
  const Plan plan = world.plan();
  REQUIRE(plan.notes.size() == 1);
  CHECK(plan.notes[0].text ==
        "the persistent root of this profile starts anew, on /trees/debian; what was written over "
        "/trees/old is kept in "
        "/home/ann/.local/state/devbox/roots/0123456789abcdef0123456789abcdef");
  world.kept.exists = true;
  CHECK(world.plan().notes.empty());
}

TEST_CASE(
    "a kept /etc/passwd stays as it is while it has the user, and gets him where it has not") {
  World world = a_world(profile::Root::persistent);
  world.kept.exists = true;
  world.kept.files["/etc/passwd"] = "root:x:0:0::/:/bin/sh\nann:x:1000:1000::/home/ann:/bin/zsh\n";
  world.kept.files["/etc/group"] = "root:x:0:\nann:x:1000:\n";
  CHECK(mounts_of<Rewrite>(world.plan()).empty());
  SUBCASE("another uid") {
    world.kept.files["/etc/passwd"] = "ann:x:1007:1007::/home/ann:/bin/sh\nbob:x:7:7::/:/bin/sh\n";
  }
  SUBCASE("another name") {
    world.kept.files["/etc/passwd"] = "anna:x:1000:1000::/home/ann:/bin/sh\nbob:x:7:7::/:/bin/sh\n";
  }
  SUBCASE("no line of his") { world.kept.files["/etc/passwd"] = "bob:x:7:7::/:/bin/sh\n"; }
  SUBCASE("his name as the beginning of another") {
    world.kept.files["/etc/passwd"] = "annx:x:1000:1::/:/bin/sh\nbob:x:7:7::/:/bin/sh\n";
  }
  const auto rewritten = mounts_of<Rewrite>(world.plan());
  REQUIRE(rewritten.size() == 1);
  CHECK(rewritten[0].target == "/etc/passwd");
  CHECK(
      rewritten[0].content ==
      "ann:x:1000:1000::/home/ann:/bin/bash\nbob:x:7:7::/:/bin/sh\nroot:x:0:0:root:/root:/bin/sh\n"
      "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
}

TEST_CASE("a shell that was installed into a kept root is found there") {
  World world = a_world(profile::Root::persistent);
  world.host.shell = "/bin/zsh";
  CHECK(world.plan().argv[0] == "/bin/bash");
  world.kept.programs["/bin/zsh"] = true;
  CHECK(world.plan().argv[0] == "/bin/zsh");
}

TEST_CASE("a workspace whose writes are thrown away is no bind, and what lies on it stays on it") {
  World world = a_discarding_world();
  world.has("/home/ann/work/secret");
  world.profile.mounts = {a_mount(profile::MountType::mask, "/home/ann/work/secret"),
                          a_mount(profile::MountType::tmpfs, "/home/ann/work/new/build")};
  const Plan plan = world.plan();
  CHECK(bind_on(plan, "/home/ann/work")->access == Access::discarded);
  CHECK(plan.scratch == "/home/ann/.local/state/devbox/ephemeral");
  REQUIRE(mounts_of<Mask>(plan).size() == 1);
  for (const Bind& bind : mounts_of<Bind>(plan)) CHECK(bind.why != kHeld);
  const std::string text = describe(plan);
  CHECK(holds(text, "overlay rw /home/ann/work  workspace; writes thrown away\n"));
  CHECK(holds(text, "root        /trees/debian, read-only\n"));
  CHECK(holds(text, "directory  /home/ann/work/new  mode 0755\n"));
  CHECK(plan.cwd == "/home/ann/work/src");
}

TEST_CASE("devbox's own directories are covered in a workspace whose writes are thrown away too") {
  World world = a_discarding_world();
  world.host.dirs.data = "/home/ann/work/data";
  const auto masks = mounts_of<Mask>(world.plan());
  REQUIRE(masks.size() == 1);
  CHECK(masks[0].target == "/home/ann/work/data");
}

}  // namespace devbox::plan
