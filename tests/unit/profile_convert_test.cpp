// What a valid profile becomes.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "profile_testing.hpp"

namespace devbox::profile {
namespace {

using testing::load_text;
using Strings = std::vector<std::string>;

Profile profile_of(const std::string& toml) {
  const Loaded loaded = load_text(toml);
  REQUIRE_MESSAGE(loaded.mistakes.empty(), describe(loaded.mistakes));
  return loaded.profile;
}

TEST_CASE("an empty profile is valid and says nothing but its defaults") {
  const Profile profile = profile_of("");
  CHECK(profile.path == "/p/devbox.toml");
  CHECK(profile.name == "p");
  CHECK(profile.description.empty());
  CHECK_FALSE(profile.image.source.has_value());
  CHECK(profile.image.root == Root::read_only);
  CHECK(profile.map == IdMap::automatic);
  CHECK(profile.workspace.target == "same");
  CHECK(profile.workspace.mode == WorkspaceMode::rw);
  CHECK(profile.workspace.at.text() == "/p/devbox.toml");
  CHECK(profile.home.mode == HomeMode::private_kept);
  CHECK(profile.mounts.empty());
  CHECK(profile.env.pass.empty());
  CHECK_FALSE(profile.env.pass_written);
  CHECK(profile.shell.program == "auto");
  CHECK(profile.shell.login);
  CHECK(profile.shell.cwd == "same");
  CHECK(profile.shell.integration);
  CHECK(profile.shell.prompt);
  CHECK(profile.network == NetworkMode::host);
  CHECK(profile.security.seccomp == Seccomp::standard);
  for (const IntegrationKey& key : kIntegrations)
    CHECK_MESSAGE(profile.integrations.wish(key.integration) == key.missing, key.name);
  CHECK(profile.integrations.wish(Integration::terminfo) == Wish::automatic);
  CHECK(profile.integrations.wish(Integration::git_identity) == Wish::no);
  CHECK(profile.integrations.devices.empty());
  CHECK(profile.extends_paths.empty());
  REQUIRE(profile.closure.size() == 1);
  CHECK(profile.closure[0].path == "/p/devbox.toml");
  CHECK(profile.closure[0].bytes.empty());
}

TEST_CASE("every supported key arrives in the profile") {
  const std::string toml = R"(schema = 1
name = "cpp"
description = "C++ toolchain"
extends = []
[image]
source = "rootfs:./tree"
[ids]
map = "root"
[workspace]
target = "/src"
mode = "ro"
[home]
mode = "ephemeral"
share = { ".gitconfig" = "ro", ".cache//ccache/" = "rw" }
[env]
pass = ["LANG", "LC_*"]
set = { CC = "gcc", TOOLS = "${profile_dir}/tools" }
files = [".env", "~/env"]
path.prepend = ["${project}/bin", "${profile_dir}/bin"]
[shell]
program = "/bin/zsh"
login = false
integration = false
prompt = false
cwd = "${project}/src"
[network]
mode = "none"
[security]
seccomp = "strict"
capabilities = ["CAP_SYS_PTRACE", "sys_ptrace", "net_raw"]
[integrations]
terminfo = false
ssh_agent = true
dbus = "auto"
devices = ["/dev/kvm", "/dev//ttyUSB0"]
)";
  const Profile profile = profile_of(toml);
  CHECK(profile.name == "cpp");
  CHECK(profile.description == "C++ toolchain");
  REQUIRE(profile.image.source.has_value());
  CHECK(profile.image.source->kind == SourceKind::rootfs);
  CHECK(profile.image.source->reference == "/p/tree");
  CHECK(profile.image.source->at.text() == "/p/devbox.toml:6:10");
  CHECK(profile.map == IdMap::root);
  CHECK(profile.workspace.target == "/src");
  CHECK(profile.workspace.mode == WorkspaceMode::ro);
  CHECK(profile.workspace.at.text() == "/p/devbox.toml:9:2");
  CHECK(profile.home.mode == HomeMode::ephemeral);
  REQUIRE(profile.home.share.size() == 2);
  CHECK(profile.home.share[0].path == ".cache/ccache");
  CHECK(profile.home.share[0].access == Access::read_write);
  CHECK(profile.home.share[0].at.line == 14);
  CHECK(profile.home.share[1].path == ".gitconfig");
  CHECK(profile.home.share[1].access == Access::read_only);
  CHECK(profile.env.pass == Strings{"LANG", "LC_*"});
  CHECK(profile.env.pass_written);
  CHECK(profile.env.set ==
        std::map<std::string, std::string>{{"CC", "gcc"}, {"TOOLS", "/p/tools"}});
  CHECK(profile.env.files == Strings{"/p/.env", "~/env"});
  CHECK(profile.env.path_prepend == Strings{"${project}/bin", "/p/bin"});
  CHECK(profile.shell.program == "/bin/zsh");
  CHECK_FALSE(profile.shell.login);
  CHECK_FALSE(profile.shell.integration);
  CHECK_FALSE(profile.shell.prompt);
  CHECK(profile.shell.cwd == "${project}/src");
  CHECK(profile.network == NetworkMode::none);
  CHECK(profile.security.seccomp == Seccomp::strict);
  CHECK(profile.security.capabilities == Strings{"sys_ptrace", "net_raw"});
  CHECK(profile.integrations.wish(Integration::terminfo) == Wish::no);
  CHECK(profile.integrations.wish(Integration::ssh_agent) == Wish::yes);
  CHECK(profile.integrations.wish(Integration::dbus) == Wish::automatic);
  CHECK_FALSE(profile.integrations.wants(Integration::x11));
  REQUIRE(profile.integrations.devices.size() == 2);
  CHECK(profile.integrations.devices[1].path == "/dev/ttyUSB0");
  CHECK(profile.closure[0].bytes == toml);
}

TEST_CASE("mounts arrive typed and sorted by their targets") {
  const Profile profile = profile_of(R"([mounts."/z"]
type = "mask"
[mounts."~/.config//app/"]
type = "tmpfs"
size = "64MiB"
[mounts."/etc/motd"]
type = "file"
content = "hello ${home}\n"
[mounts."/opt/sdk"]
source = "../sdk"
mode = "rw"
optional = true
[mounts."/opt/link"]
type = "symlink"
source = "../lib/${env:ARCH}"
[mounts."${profile_dir}/out"]
type = "tmpfs"
mode = "ro"
)");
  REQUIRE(profile.mounts.size() == 6);
  const Mount& motd = profile.mounts[0];
  CHECK(motd.target == "/etc/motd");
  CHECK(motd.type == MountType::file);
  CHECK(motd.content == "hello ${home}\n");
  const Mount& link = profile.mounts[1];
  CHECK(link.target == "/opt/link");
  CHECK(link.type == MountType::symlink);
  CHECK(link.source == "../lib/${env:ARCH}");
  const Mount& sdk = profile.mounts[2];
  CHECK(sdk.target == "/opt/sdk");
  CHECK(sdk.type == MountType::bind);
  CHECK(sdk.source == "/sdk");
  CHECK(sdk.mode == Access::read_write);
  CHECK(sdk.optional);
  CHECK(sdk.at.text() == "/p/devbox.toml:9:9");
  const Mount& out = profile.mounts[3];
  CHECK(out.target == "/p/out");
  CHECK(out.mode == Access::read_only);
  CHECK_FALSE(out.max_bytes.has_value());
  CHECK(profile.mounts[4].target == "/z");
  CHECK(profile.mounts[4].type == MountType::mask);
  const Mount& app = profile.mounts[5];
  CHECK(app.target == "~/.config/app");
  CHECK(app.type == MountType::tmpfs);
  CHECK(app.mode == Access::read_write);
  CHECK(app.max_bytes == 67108864);
}

TEST_CASE("an empty list of variables to pass is not the default list") {
  const Profile profile = profile_of("env.pass = []");
  CHECK(profile.env.pass.empty());
  CHECK(profile.env.pass_written);
}

TEST_CASE("a profile without a name is called after its file, or after its directory") {
  struct Row {
    std::string path, name, reason;
  };
  const Row rows[] = {
      {"/p/app/devbox.toml", "app", "the usual file name says nothing"},
      {"/p/app/cpp.toml", "cpp", "the stem"},
      {"/p/app/.toml", "app", "no stem"},
      {"/devbox.toml", "devbox", "no directory's name either"},
      {"devbox.toml", "devbox", "no directory"},
      {"/p/my\x1b[31m/devbox.toml", "my\\x1b[31m", "a name is printable"},
      {"/p/" + std::string(100, 'd') + "/devbox.toml", std::string(64, 'd'), "a name is short"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    CHECK(load_text("", row.path).profile.name == row.name);
  }
}

TEST_CASE("a position without a line is the file alone") {
  CHECK(Position{"f.toml", 0, 0}.text() == "f.toml");
  CHECK(Position{"f.toml", 12, 3}.text() == "f.toml:12:3");
}

}  // namespace
}  // namespace devbox::profile
