// What each integration brings, what it says of itself, and what it says where it cannot.
#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "host_temporary.hpp"
#include "plan/describe.hpp"
#include "plan/integrations.hpp"
#include "plan/xauthority.hpp"
#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

using profile::Integration;
using profile::Wish;
using test::contains;

World desk() {
  World world;
  world.host.env["XDG_RUNTIME_DIR"] = "/run/user/1000";
  world.host.env["WAYLAND_DISPLAY"] = "wayland-0";
  world.host.env["DISPLAY"] = ":0";
  return world;
}

World wanting(World world, Integration integration, Wish wish = Wish::yes) {
  world.profile.integrations.set(integration, wish);
  return world;
}

// The bind on `target`; an empty one where there is none.
Bind bind_on(const Plan& plan, const std::string& target) {
  for (const Bind& bind : mounts_of<Bind>(plan)) {
    if (bind.target == target) return bind;
  }
  return {};
}

std::string made_file(const Plan& plan, const std::string& path) {
  for (const Make& make : mounts_of<Make>(plan)) {
    if (make.made.path == path && make.made.kind == MadeKind::file) return make.made.content;
  }
  return "(none)";
}

std::string value(const Plan& plan, const std::string& name) {
  for (const std::string& variable : plan.env) {
    if (variable.starts_with(name + "=")) return variable.substr(name.size() + 1);
  }
  return "(none)";
}

constexpr Integration kSockets[] = {Integration::ssh_agent, Integration::gpg_agent,
                                    Integration::wayland,   Integration::x11,
                                    Integration::audio,     Integration::dbus};

}  // namespace

TEST_CASE("a profile that says nothing asks no socket, no git and no device") {
  const World world = desk();
  const Questions asked = questions(world.resolved(), world.profile, world.host);
  CHECK(asked.reach.sockets.empty());
  CHECK(asked.reach.files.empty());
  CHECK_FALSE(asked.reach.git.has_value());
  CHECK(world.plan().holes.empty());
}

TEST_CASE("the SSH agent's socket comes in alone, read-only, and is named as a hole") {
  World world = wanting(desk(), Integration::ssh_agent);
  world.reach.sockets["/tmp/agent"] = 0;
  const Plan plan = world.plan();
  const Bind bind = bind_on(plan, "/run/user/1000/ssh-agent");
  CHECK(bind.source == "/tmp/agent");
  CHECK(bind.access == Access::read_only);
  CHECK(bind.kind == FileKind::file);
  CHECK(bind.place == Target::created);
  CHECK(value(plan, "SSH_AUTH_SOCK") == "/run/user/1000/ssh-agent");
  REQUIRE(plan.holes.size() == 1);
  CHECK(plan.holes[0].integration == "ssh_agent");
  CHECK(contains(describe(plan),
                 "hole        ssh_agent  /tmp/agent: what is in the box can sign in anywhere with "
                 "the keys of your agent\n"));
  CHECK(contains(describe_json(plan), "\"integration\": \"ssh_agent\""));
}

TEST_CASE("an agent that has gone is an error with true, and silent with auto") {
  World world = wanting(desk(), Integration::ssh_agent);
  world.reach.sockets["/tmp/agent"] = ECONNREFUSED;
  CHECK(
      contains(world.mistake(), "`integrations.ssh_agent`: nobody listens on /tmp/agent any more"));
  world.reach.sockets["/tmp/agent"] = ENOENT;
  CHECK(contains(world.mistake(), "`integrations.ssh_agent`: /tmp/agent is not there"));
  world.host.env.erase("SSH_AUTH_SOCK");
  CHECK(contains(world.mistake(), "SSH_AUTH_SOCK is not set"));
  world.profile.integrations.set(Integration::ssh_agent, Wish::automatic);
  const Plan plan = world.plan();
  CHECK(value(plan, "SSH_AUTH_SOCK") == "(none)");
  CHECK(plan.holes.empty());
  CHECK(plan.notes.size() == World().plan().notes.size());
}

TEST_CASE("every integration with a socket is silent with auto, and one error with true") {
  for (const Integration integration : kSockets) {
    World world = wanting(desk(), integration, Wish::automatic);
    CHECK(world.mistake().empty());
    CHECK(world.plan().holes.empty());
    world.profile.integrations.set(integration, Wish::yes);
    CHECK_MESSAGE(
        contains(world.mistake(),
                 "`integrations." + std::string(profile::key_of(integration).name) + "`: "),
        profile::key_of(integration).name);
  }
}

TEST_CASE("sockets of the desktop keep their names, in a directory of the box's own") {
  World world = desk();
  for (const Integration integration :
       {Integration::wayland, Integration::audio, Integration::dbus})
    world.profile.integrations.set(integration, Wish::yes);
  for (const char* name : {"wayland-0", "pipewire-0", "pulse/native", "bus"})
    world.reach.sockets[std::string("/run/user/1000/") + name] = 0;
  const Plan plan = world.plan();
  for (const char* name : {"wayland-0", "pipewire-0", "pulse/native", "bus"}) {
    const std::string path = std::string("/run/user/1000/") + name;
    CHECK_MESSAGE(bind_on(plan, path).source == path, path);
  }
  CHECK(bind_on(plan, "/run/user/1000").source.empty());
  CHECK(value(plan, "WAYLAND_DISPLAY") == "wayland-0");
  CHECK(value(plan, "PULSE_SERVER") == "unix:/run/user/1000/pulse/native");
  CHECK(value(plan, "DBUS_SESSION_BUS_ADDRESS") == "unix:path=/run/user/1000/bus");
  CHECK(contains(describe(plan), "can start programs outside the box"));
}

TEST_CASE("X11 brings the display's socket and its cookie, which is printed nowhere") {
  World world = wanting(desk(), Integration::x11);
  world.reach.sockets["/tmp/.X11-unix/X0"] = 0;
  world.reach.files["/home/ann/.Xauthority"] =
      xauthority_text({{kFamilyLocal, "desk", "0", "MIT-MAGIC-COOKIE-1", "secret-bytes"},
                       {kFamilyLocal, "desk", "9", "MIT-MAGIC-COOKIE-1", "of another"}});
  const Plan plan = world.plan();
  CHECK(bind_on(plan, "/tmp/.X11-unix/X0").source == "/tmp/.X11-unix/X0");
  CHECK(value(plan, "DISPLAY") == ":0");
  CHECK(value(plan, "XAUTHORITY") == "/run/user/1000/Xauthority");
  CHECK(made_file(plan, "/run/user/1000/Xauthority") ==
        xauthority_text({{kFamilyWild, "", "0", "MIT-MAGIC-COOKIE-1", "secret-bytes"}}));
  CHECK_FALSE(contains(describe(plan), "secret-bytes"));
  CHECK_FALSE(contains(describe_json(plan), "secret-bytes"));
}

TEST_CASE("a display that ssh forwards needs the host's network") {
  World world = wanting(desk(), Integration::x11);
  world.host.env["DISPLAY"] = "localhost:10.0";
  CHECK(value(world.plan(), "DISPLAY") == "localhost:10.0");
  CHECK(bind_on(world.plan(), "/tmp/.X11-unix/X10").source.empty());
  world.profile.network = profile::NetworkMode::none;
  CHECK(contains(world.mistake(), "`network.mode = \"host\"` gives it"));
  world.profile.integrations.set(Integration::x11, Wish::automatic);
  CHECK(value(world.plan(), "DISPLAY") == "(none)");
}

TEST_CASE("GnuPG gets the agent where gpg looks, the public keyring and nothing that is secret") {
  World world = wanting(desk(), Integration::gpg_agent);
  world.host.terminal = "/dev/pts/3";
  world.reach.sockets["/run/user/1000/gnupg/S.gpg-agent"] = ENOENT;
  world.reach.sockets["/home/ann/.gnupg/S.gpg-agent"] = 0;
  world.has("/home/ann/.gnupg/pubring.kbx", host::NodeKind::file)
      .has("/home/ann/.gnupg/private-keys-v1.d");
  const Plan plan = world.plan();
  CHECK(bind_on(plan, "/run/user/1000/gnupg/S.gpg-agent").source == "/home/ann/.gnupg/S.gpg-agent");
  const Bind keyring = bind_on(plan, "/home/ann/.gnupg/pubring.kbx");
  CHECK(keyring.access == Access::read_only);
  CHECK(keyring.place == Target::created);
  CHECK(bind_on(plan, "/home/ann/.gnupg/trustdb.gpg").source.empty());
  CHECK(value(plan, "GPG_TTY") == "/dev/pts/3");
  for (const char* directory : {"/run/user/1000/gnupg", "/home/ann/.gnupg"}) {
    bool found = false;
    for (const Make& make : mounts_of<Make>(plan))
      found = found || (make.made.path == directory && make.made.mode == 0700);
    CHECK_MESSAGE(found, directory);
  }
}

TEST_CASE("git learns who somebody is, and nothing that goes before the repository's own") {
  World world = wanting(desk(), Integration::git_identity);
  world.reach.git = host::GitIdentity{
      true,
      {{"gpg.format", "ssh"}, {"user.name", "Ann \"A\" \\ B"}, {"user.email", "a@b.example"}}};
  const Plan plan = world.plan();
  CHECK(made_file(plan, "/run/devbox/gitconfig") ==
        "[include]\n\tpath = /etc/gitconfig\n"
        "[gpg]\n\tformat = \"ssh\"\n"
        "[user]\n\temail = \"a@b.example\"\n"
        "[user]\n\tname = \"Ann \\\"A\\\" \\\\ B\"\n");
  CHECK(value(plan, "GIT_CONFIG_SYSTEM") == "/run/devbox/gitconfig");
  CHECK(value(plan, "GIT_CONFIG_COUNT") == "(none)");
  world.reach.git = host::GitIdentity{true, {}};
  CHECK(contains(world.mistake(), "neither user.name nor user.email"));
  world.reach.git = host::GitIdentity{false, {}};
  CHECK(contains(world.mistake(), "the host has no git"));
}

TEST_CASE("devices come in by name, and one that is not there is an error") {
  World world = desk();
  world.profile.integrations.devices = {{"/dev/kvm", {}}, {"/dev/log", {}}, {"/dev/ttyUSB0", {}}};
  world.has("/dev/kvm", host::NodeKind::device).has("/dev/log", host::NodeKind::other);
  CHECK(contains(world.mistake(), "`integrations.devices`: the host has no /dev/ttyUSB0"));
  CHECK(contains(world.mistake(), "`integrations.devices`: /dev/log is no device"));
  world.profile.integrations.devices.resize(1);
  const Bind bind = bind_on(world.plan(), "/dev/kvm");
  CHECK(bind.device);
  CHECK(bind.kind == FileKind::file);
  CHECK(contains(describe(world.plan()), "hole        devices  /dev/kvm"));
}

TEST_CASE("the graphics processor is a directory of devices") {
  World world = wanting(desk(), Integration::dri);
  CHECK(contains(world.mistake(), "the host has no /dev/dri"));
  world.has("/dev/dri");
  const Bind bind = bind_on(world.plan(), "/dev/dri");
  CHECK(bind.device);
  CHECK(bind.kind == FileKind::directory);
}

TEST_CASE("certificates that the image lacks come in, and every program is told") {
  World world = desk();
  world.certificates = store::Certificates{.file = "/state/certificates/k.crt"};
  const Plan plan = world.plan();
  CHECK(bind_on(plan, "/run/devbox/ca-certificates.crt").source == "/state/certificates/k.crt");
  for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE",
                           "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO"})
    CHECK_MESSAGE(value(plan, name) == "/run/devbox/ca-certificates.crt", name);
  CHECK(plan.cache.empty());
}

TEST_CASE("certificates that are not merged yet are in the first box, and kept for the next") {
  World world = desk();
  world.certificates =
      store::Certificates{.file = "/state/k.crt", .is_missing = true, .content = "PEM"};
  const Plan plan = world.plan();
  CHECK(made_file(plan, "/run/devbox/ca-certificates.crt") == "PEM");
  REQUIRE(plan.cache.size() == 1);
  CHECK(plan.cache[0].path == "/state/k.crt");
  CHECK(plan.cache[0].content == "PEM");
}

TEST_CASE("an image that lacks no certificate keeps its own") {
  World world = desk();
  world.certificates = store::Certificates{.file = "/state/k.crt", .is_empty = true};
  CHECK(value(world.plan(), "SSL_CERT_FILE") == "(none)");
  world.certificates = store::Certificates{.trouble = "the host has no bundle"};
  CHECK(value(world.plan(), "SSL_CERT_FILE") == "(none)");
  world.profile.integrations.set(Integration::ca_certificates, Wish::yes);
  CHECK(contains(world.mistake(), "`integrations.ca_certificates`: the host has no bundle"));
}

TEST_CASE("what the profile itself sets goes before an integration") {
  World world = wanting(desk(), Integration::ssh_agent);
  world.reach.sockets["/tmp/agent"] = 0;
  world.profile.env.set = {{"SSH_AUTH_SOCK", "/mine"}};
  CHECK(value(world.plan(), "SSH_AUTH_SOCK") == "/mine");
}

TEST_CASE("a terminal that nobody describes is an error with true alone") {
  World world = desk();
  const Resolved resolved = world.resolved();
  Facts facts = world.facts(resolved);
  facts.rootfs.has_terminfo = false;
  CHECK_NOTHROW(static_cast<void>(make(world.profile, resolved, world.host, facts, world.request)));
  world.profile.integrations.set(Integration::terminfo, Wish::yes);
  CHECK(contains(test::error_of([&] {
                   static_cast<void>(
                       make(world.profile, resolved, world.host, facts, world.request));
                 }).message(),
                 "`integrations.terminfo`: neither the image nor the host"));
}

}  // namespace devbox::plan
