#include <doctest/doctest.h>

#include <algorithm>

#include "plan/parts.hpp"
#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

bool has(const Plan& plan, const std::string& variable) {
  return std::count(plan.env.begin(), plan.env.end(), variable) == 1;
}

bool has_name(const Plan& plan, const std::string& name) {
  return std::any_of(plan.env.begin(), plan.env.end(),
                     [&](const std::string& one) { return one.starts_with(name + "="); });
}

}  // namespace

TEST_CASE("nothing passes but what is on the list") {
  World world;
  for (const char* name :
       {"DBUS_SESSION_BUS_ADDRESS", "LD_PRELOAD", "BASH_ENV", "AWS_SECRET_ACCESS_KEY"})
    world.host.env[name] = "x";
  world.host.env["https_proxy"] = "http://proxy:3128";
  const Plan plan = world.plan();
  CHECK_FALSE(has_name(plan, "SSH_AUTH_SOCK"));
  CHECK_FALSE(has_name(plan, "DBUS_SESSION_BUS_ADDRESS"));
  CHECK_FALSE(has_name(plan, "LD_PRELOAD"));
  CHECK_FALSE(has_name(plan, "BASH_ENV"));
  CHECK_FALSE(has_name(plan, "AWS_SECRET_ACCESS_KEY"));
  CHECK(has(plan, "https_proxy=http://proxy:3128"));
  CHECK(has(plan, "TERM=xterm"));
}

TEST_CASE("the later of pass, files, set and --env wins") {
  World world;
  world.host.env["LC_TIME"] = "passed";
  world.profile.env.files = {"/home/ann/work/.env"};
  world.profile.env.set = {{"B", "set"}, {"C", "set"}};
  world.request.env = {{"C", "option"}};
  const Resolved resolved = world.resolved();
  Facts facts = world.facts(resolved);
  facts.files["/home/ann/work/.env"] = "# a comment\n\nA='file' \nB=file\nC=file\n";
  const Plan plan = make(world.profile, resolved, world.host, facts, world.request);
  CHECK(has(plan, "A=file"));
  CHECK(has(plan, "B=set"));
  CHECK(has(plan, "C=option"));
  CHECK(has(plan, "LC_TIME=passed"));
}

TEST_CASE("a line of an env file that is no assignment is a mistake with its line") {
  World world;
  world.profile.env.files = {"/home/ann/work/.env"};
  const Resolved resolved = world.resolved();
  Facts facts = world.facts(resolved);
  facts.files["/home/ann/work/.env"] = "A=1\nnonsense\n=x\n";
  std::string said;
  try {
    static_cast<void>(make(world.profile, resolved, world.host, facts, world.request));
  } catch (const Error& error) {
    said = error.message();
  }
  CHECK(said ==
        "/home/ann/work/.env:2:1: not a line of the form NAME=value\n"
        "/home/ann/work/.env:3:1: not a line of the form NAME=value");
}

TEST_CASE("path.prepend comes before the image's PATH") {
  World world;
  world.profile.env.path_prepend = {"${project}/bin"};
  CHECK(
      has(world.plan(),
          "PATH=/home/ann/work/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
}

TEST_CASE("a locale that the image lacks becomes C.UTF-8, and one line says so") {
  World world;
  world.host.env["LANG"] = "de_AT.UTF-8";
  world.host.env["LC_TIME"] = "de_AT.UTF-8";
  const Resolved resolved = world.resolved();
  Facts facts = world.facts(resolved);
  facts.rootfs.has_locale = false;
  const Plan plan = make(world.profile, resolved, world.host, facts, world.request);
  CHECK(has(plan, "LANG=C.UTF-8"));
  CHECK_FALSE(has_name(plan, "LC_TIME"));
  REQUIRE(plan.notes.size() == 1);
  CHECK(plan.notes[0].text == "the image has no locale de_AT.UTF-8; LANG is C.UTF-8 inside");
}

TEST_CASE("a terminal that the image does not know brings its description") {
  World world;
  world.host.terminfo = "/usr/share/terminfo/x/xterm-kitty";
  const Resolved resolved = world.resolved();
  Facts facts = world.facts(resolved);
  facts.rootfs.has_terminfo = false;
  const Plan plan = make(world.profile, resolved, world.host, facts, world.request);
  CHECK(has(plan, "TERMINFO_DIRS=/run/devbox/terminfo:"));
  const auto binds = mounts_of<Bind>(plan);
  CHECK(std::any_of(binds.begin(), binds.end(), [](const Bind& bind) {
    return bind.source == "/usr/share/terminfo/x/xterm-kitty" &&
           bind.target == "/run/devbox/terminfo/x/xterm-kitty";
  }));
}

TEST_CASE("a box's name becomes a host name of RFC 1123") {
  CHECK(hostname_of("cpp") == "cpp");
  CHECK(hostname_of("my box_2") == "my-box-2");
  CHECK(hostname_of("---") == "devbox");
  CHECK(hostname_of("\xc3\xa4") == "devbox");
  CHECK(hostname_of(std::string(80, 'a')).size() == 63);
}

TEST_CASE("the user is in passwd and group once, whoever had the name or the number in the image") {
  const host::Host host = a_host();
  Ids ids;
  ids.uid = ids.gid = 1000;
  CHECK(passwd_text("root:x:0:0:root:/root:/bin/bash\nubuntu:x:1000:1000::/home/ubuntu:/bin/"
                    "sh\nann:x:7:7::/:/bin/sh\n",
                    host, ids, "/bin/bash") ==
        "ann:x:1000:1000::/home/ann:/bin/bash\nroot:x:0:0:root:/root:/bin/bash\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
  CHECK(group_text("root:x:0:\nubuntu:x:1000:\n", host, ids) ==
        "ann:x:1000:\nroot:x:0:\nnogroup:x:65534:\n");
}

TEST_CASE("a name from elsewhere cannot add a line to passwd") {
  host::Host host = a_host();
  host.home = "/home/ann\nevil:x:0:0::/:/bin/sh";
  Ids ids;
  ids.uid = ids.gid = 1000;
  CHECK(passwd_text("", host, ids, "/bin/sh").find("\nevil") == std::string::npos);
}

TEST_CASE("hosts follows the host's, and names the box") {
  CHECK(hosts_text(a_host(), Network::host, "cpp") == "127.0.0.1\tlocalhost\n127.0.1.1\tcpp\n");
  CHECK(hosts_text(a_host(), Network::none, "cpp") ==
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\tcpp\n");
}

TEST_CASE("the command starts where the caller stands, if the box shows that place") {
  struct Row {
    const char* cwd;
    const char* target;
    const char* inside;
  };
  const Row rows[] = {
      {"/home/ann/work/src", "same", "/home/ann/work/src"},
      {"/home/ann/work", "/src", "/src"},
      {"/home/ann/work/lib", "/src", "/src/lib"},
      {"/var/log", "same", "/home/ann/work"},  // not shown: the workspace
      {"", "same", "/home/ann/work"},          // the directory is gone
  };
  for (const Row& row : rows) {
    World world;
    world.host.cwd = row.cwd;
    world.profile.workspace.target = row.target;
    CHECK_MESSAGE(world.plan().cwd == row.inside, row.cwd << " with target " << row.target);
  }
}

TEST_CASE("a task starts in the project wherever the caller stands, and where --cwd says") {
  World world;
  world.host.cwd = "/var/log";
  world.profile.workspace.target = "/src";
  world.request.project_cwd = "lib";
  CHECK(world.plan().cwd == "/src/lib");
  world.host.cwd = "/home/ann/work/src";
  world.profile.shell.cwd = "/opt";
  CHECK(world.plan().cwd == "/src/lib");
  world.request.project_cwd = "";
  CHECK(world.plan().cwd == "/src");
  world.request.cwd = "deep";
  CHECK(world.plan().cwd == "/src/src/deep");
}

}  // namespace devbox::plan
