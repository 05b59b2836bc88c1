// Which tree is the root, and what pins it.
#include <doctest/doctest.h>

#include "plan/trust.hpp"
#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

World of_archive(const std::string& digest) {
  World world;
  world.profile.image.source =
      profile::Source{profile::SourceKind::tar, "debian.tar.zst", {"devbox.toml", 3, 10}};
  world.profile.image.digest = digest;
  world.profile.image.digest_at = {"devbox.toml", 4, 10};
  return world;
}

std::string mistake_of(const World& world) {
  try {
    world.resolved();
    return {};
  } catch (const Error& error) {
    return error.message();
  }
}

TEST_CASE("an archive is found beside the profile, and its tree is the store's to say") {
  const std::string hex(64, 'a');
  const Resolved resolved = of_archive("sha256:" + hex).resolved();
  CHECK(resolved.root_source == "/home/ann/work/debian.tar.zst");
  CHECK(resolved.pin == hex);
  CHECK(resolved.root.empty());
}

TEST_CASE("an archive that no digest pins is the lock file's to pin") {
  const Resolved resolved = of_archive("").resolved();
  CHECK(resolved.root_source == "/home/ann/work/debian.tar.zst");
  CHECK(resolved.pin.empty());
  CHECK(resolved.root.empty());
}

World of_debian() {
  World world;
  world.profile.image.source =
      profile::Source{profile::SourceKind::debian, "bookworm", {"devbox.toml", 3, 10}};
  world.profile.image.packages = {"g++"};
  world.profile.image.packages_at = {"devbox.toml", 5, 12};
  return world;
}

TEST_CASE("a Debian has no directory of the host's, and asks for nothing beyond the project") {
  const World world = of_debian();
  const Resolved resolved = world.resolved();
  CHECK(resolved.kind == profile::SourceKind::debian);
  CHECK(resolved.root_source.empty());
  CHECK(resolved.root.empty());
  CHECK(asks_beyond_project(world.profile, resolved, world.request, {}).empty());
}

TEST_CASE("a digest beside a Debian is refused with what pins it") {
  World world = of_debian();
  world.profile.image.digest = "sha256:" + std::string(64, 'a');
  world.profile.image.digest_at = {"devbox.toml", 4, 10};
  CHECK(mistake_of(world) ==
        "devbox.toml:4:10: `image.digest`: `debian:` takes none; `devbox lock` pins what it stands "
        "for");
}

TEST_CASE("packages are refused where nothing would install them") {
  for (const profile::SourceKind kind :
       {profile::SourceKind::host, profile::SourceKind::rootfs, profile::SourceKind::tar}) {
    World world = of_debian();
    world.profile.image.source = profile::Source{kind, "/srv/tree", {"devbox.toml", 3, 10}};
    CHECK(mistake_of(world) ==
          "devbox.toml:5:12: `image.packages`: not supported yet but with `source = "
          "\"debian:SUITE\"`");
    world.request.root = profile::Source{profile::SourceKind::host, "", {}};
    CHECK(mistake_of(world).empty());  // --root takes the place of all that [image] says
  }
  CHECK(mistake_of(of_debian()).empty());
}

TEST_CASE("a digest is refused where it would pin nothing") {
  World world;
  world.profile.image.digest = "sha256:" + std::string(64, 'a');
  world.profile.image.digest_at = {"devbox.toml", 4, 10};
  CHECK(mistake_of(world) ==
        "devbox.toml:4:10: `image.digest`: a directory can change at any moment, and is not "
        "pinned");
  world.request.root = profile::Source{profile::SourceKind::host, "", {}};
  CHECK(mistake_of(world).empty());  // --root takes the place of all that [image] says
}

TEST_CASE("an archive outside the project is asked for by its own name") {
  World world = of_archive("sha256:" + std::string(64, 'a'));
  world.profile.image.source->reference = "/srv/debian.tar";
  const Resolved outside = world.resolved();
  CHECK(asks_beyond_project(world.profile, outside, world.request, {}) ==
        std::vector<std::string>{"image.source: read /srv/debian.tar as the root filesystem"});
  world.profile.image.source->reference = "images/debian.tar";
  const Resolved inside = world.resolved();
  CHECK(asks_beyond_project(world.profile, inside, world.request, {}).empty());
}

}  // namespace
}  // namespace devbox::plan
