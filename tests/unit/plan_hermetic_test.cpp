#include "plan/hermetic.hpp"

#include <doctest/doctest.h>

#include <string>

#include "host_temporary.hpp"
#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

using test::contains;
using test::error_of;

profile::Mount mount(const char* target, profile::MountType type) {
  profile::Mount mount;
  mount.target = target;
  mount.type = type;
  return mount;
}

profile::Profile a_profile() {
  profile::Profile profile;
  profile.name = "checkout";
  profile.network = profile::NetworkMode::host;
  profile.env.pass = {"SECRET"};
  profile.env.files = {"/vars"};
  profile.env.set = {{"A", "1"}, {"TZ", "Asia/Tokyo"}};
  profile.mounts = {mount("/bind", profile::MountType::bind),
                    mount("/tmpfs", profile::MountType::tmpfs)};
  return profile;
}

profile::Task a_task(bool is_hermetic = true) {
  profile::Task task;
  task.name = "t";
  task.hermetic = is_hermetic;
  return task;
}

TEST_CASE("a hermetic task has nothing of the host, and each thing that is left out is said") {
  std::vector<Note> notes;
  const profile::Profile made = hermetic(a_profile(), a_task(), {}, 5, notes);
  CHECK(made.name == "t");
  CHECK(made.network == profile::NetworkMode::none);
  CHECK(made.image.root == profile::Root::read_only);
  CHECK(made.home.mode == profile::HomeMode::ephemeral);
  CHECK(made.workspace.mode == profile::WorkspaceMode::overlay);
  CHECK(made.env.pass.empty());
  CHECK(made.env.files.empty());
  REQUIRE(made.mounts.size() == 1);
  CHECK(made.mounts[0].target == "/tmpfs");
  CHECK(made.env.set ==
        std::map<std::string, std::string>{
            {"A", "1"}, {"LANG", "C.UTF-8"}, {"SOURCE_DATE_EPOCH", "5"}, {"TZ", "UTC"}});
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].text == "mounts.\"/bind\" is left out: a build sees nothing of the host");
  CHECK(notes[1].text == "env.files /vars is left out: a build sees nothing of the host");
}

TEST_CASE("a task that is not hermetic keeps the profile's network, mounts and environment") {
  std::vector<Note> notes;
  const profile::Profile made = hermetic(a_profile(), a_task(false), {}, 5, notes);
  CHECK(made.name == "checkout");
  CHECK(made.network == profile::NetworkMode::host);
  CHECK(made.env.pass == std::vector<std::string>{"SECRET"});
  CHECK(made.mounts.size() == 2);
  CHECK(made.workspace.mode == profile::WorkspaceMode::overlay);
  CHECK(notes.empty());
}

TEST_CASE("nothing of the session reaches into a hermetic build") {
  profile::Profile profile = a_profile();
  profile.env.files.clear();
  profile.mounts.clear();
  profile.integrations.set(profile::Integration::ssh_agent, profile::Wish::automatic);
  profile.integrations.devices = {{"/dev/kvm", {}}};
  std::vector<Note> notes;
  const profile::Profile made = hermetic(profile, a_task(), {}, 5, notes);
  for (const profile::IntegrationKey& key : profile::kIntegrations)
    CHECK_MESSAGE(!made.integrations.wants(key.integration), key.name);
  CHECK(made.integrations.devices.empty());
  REQUIRE(notes.size() == 2);  // what every profile has by default is not said
  CHECK(notes[0].text == "integrations.ssh_agent is left out: a build sees nothing of the host");
  CHECK(notes[1].text == "the device /dev/kvm is left out: a build sees nothing of the host");
  CHECK(hermetic(profile, a_task(false), {}, 5, notes)
            .integrations.wants(profile::Integration::ssh_agent));
}

TEST_CASE("what the profile says of SOURCE_DATE_EPOCH stays") {
  std::vector<Note> notes;
  profile::Profile profile = a_profile();
  profile.env.set["SOURCE_DATE_EPOCH"] = "7";
  CHECK(hermetic(profile, a_task(), {}, 5, notes).env.set.at("SOURCE_DATE_EPOCH") == "7");
}

TEST_CASE("the user of a build is nobody's") {
  const host::Host made = hermetic(a_host(), Surroundings{});
  CHECK(made.user == "build");
  CHECK(made.group == "build");
  CHECK(made.home == "/home/build");
  CHECK(made.shell.empty());
  CHECK(made.hosts.empty());
}

TEST_CASE("what no hermetic build can have is refused") {
  profile::Profile profile = a_profile();
  CHECK(contains(error_of([&] { require_hermetic(profile, a_task(), {"HOME"}); }).message(),
                 "asks for ${env:HOME}"));
  profile.image.source = profile::Source{profile::SourceKind::host};
  CHECK(contains(error_of([&] { require_hermetic(profile, a_task(), {}); }).message(),
                 "nothing pins the image of"));
}

}  // namespace
}  // namespace devbox::plan
