#include <doctest/doctest.h>

#include "plan/trust.hpp"
#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

std::vector<std::string> asks(World world) {
  world.profile.image.source = profile::Source{};  // the host's toolchain: nothing to ask
  const Resolved resolved = world.resolved();
  return asks_beyond_project(world.profile, resolved, world.request, world.facts(resolved));
}

profile::Mount bind_of(const std::string& source, profile::Access mode) {
  profile::Mount mount;
  mount.source = source;
  mount.target = "/opt/x";
  mount.mode = mode;
  return mount;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a profile that keeps to its project asks for nothing") {
  World world;
  world.has("/home/ann/work").has("/home/ann/work/data");
  world.profile.mounts = {bind_of("${project}/data", profile::Access::read_write)};
  world.profile.env.pass = {"LANG", "LC_ALL", "HTTP_PROXY", "*_proxy"};
  CHECK(asks(world).empty());
}

TEST_CASE("everything that reaches beyond the project is a line of its own") {
  World world;
  world.has("/home/ann/work").has("/sdk").has("/home/ann/.gitconfig", host::NodeKind::file);
  world.profile.home.mode = profile::HomeMode::private_kept;
  world.profile.home.share = {{".gitconfig", profile::Access::read_only, {}}};
  world.profile.mounts = {bind_of("/sdk", profile::Access::read_write)};
  world.profile.env.pass = {"AWS_*"};
  world.profile.env.set = {{"TOKEN", "${env:TERM}"}};
  world.profile.env.files = {"/etc/environment"};
  world.profile.security.seccomp = profile::Seccomp::off;
  world.profile.security.capabilities = {"sys_ptrace"};
  world.profile.extends_paths = {"/home/ann/other/base.toml"};
  CHECK(asks(world) == Lines{
                           "extends /home/ann/other/base.toml, outside the project",
                           "env.files: reads /etc/environment",
                           "home.share..gitconfig: read /home/ann/.gitconfig",
                           "mounts./opt/x: read and write /sdk",
                           "env.pass: the variable AWS_* of your environment",
                           "${env:TERM}: a variable of your environment",
                           "security.seccomp: run without the system call filter",
                           "security.capabilities: keep sys_ptrace in the box's user namespace",
                       });
}

TEST_CASE("what reaches in from the session is asked for, \"auto\" too") {
  World world;
  for (const profile::IntegrationKey& key : profile::kIntegrations)
    world.profile.integrations.set(key.integration, profile::Wish::yes);
  world.profile.integrations.devices = {{"/dev/kvm", {}}};
  const Lines all = asks(world);
  CHECK(all == Lines{
                   "integrations.ssh_agent: sign in anywhere with the keys of your agent",
                   "integrations.gpg_agent: sign and decrypt with your GnuPG agent, read your "
                   "public keyring",
                   "integrations.wayland: show windows, read and write the clipboard",
                   "integrations.x11: show windows, and read and control all others of the display",
                   "integrations.audio: play sound, and listen to the microphone",
                   "integrations.dbus: talk to everything on your session bus, which can start "
                   "programs outside the box",
                   "integrations.dri: use the graphics processor",
                   "integrations.git_identity: know your name and e-mail address",
                   "integrations.devices: use /dev/kvm",
               });
  for (const profile::IntegrationKey& key : profile::kIntegrations)
    world.profile.integrations.set(key.integration, profile::Wish::automatic);
  CHECK(asks(world) == all);
  world.request.project_profile = false;
  CHECK(asks(world).empty());
}

TEST_CASE("the host's home is asked for") {
  World world;
  world.profile.home.mode = profile::HomeMode::host;
  CHECK(asks(world) == Lines{"home.mode: read and write your home directory"});
}

TEST_CASE("a link in the project that leads out of it counts by where it leads") {
  World world;
  world.has("/home/ann/work")
      .has("/home/ann/work/data", host::NodeKind::directory, "/home/ann/.ssh");
  world.profile.mounts = {bind_of("${project}/data", profile::Access::read_only)};
  CHECK(asks(world) == Lines{"mounts./opt/x: read /home/ann/work/data"});
}

TEST_CASE("an image from the network is pinned, and asks for nothing") {
  World world;
  for (const auto kind : {profile::SourceKind::docker, profile::SourceKind::tar_url}) {
    const bool is_url = kind == profile::SourceKind::tar_url;
    world.profile.image.source = profile::Source{kind, is_url ? "https://x.example/a.tar" : "gcc"};
    const Resolved resolved = world.resolved();
    CHECK(resolved.root_source.empty());
    CHECK(
        asks_beyond_project(world.profile, resolved, world.request, world.facts(resolved)).empty());
  }
}

TEST_CASE("a root filesystem from elsewhere is asked for") {
  World world;
  world.has("/home/ann/work");
  const Resolved resolved = world.resolved();
  CHECK(asks_beyond_project(world.profile, resolved, world.request, world.facts(resolved)) ==
        Lines{"image.source: read /trees/debian as the root filesystem"});
}

TEST_CASE("what the command line asks is the person's own") {
  World world;
  world.has("/home/ann/work").has("/sdk");
  world.request.binds = {{"/sdk", "/opt/x", profile::Access::read_write}};
  CHECK(asks(world).empty());
}

TEST_CASE("a profile of the user's own asks for nothing") {
  World world;
  world.request.project_profile = false;
  world.profile.home.mode = profile::HomeMode::host;
  CHECK(asks(world).empty());
}

}  // namespace devbox::plan
