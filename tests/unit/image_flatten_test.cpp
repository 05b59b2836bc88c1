// Layers upon each other: the OCI image specification's "Image Layer Filesystem Changeset".
#include "image/flatten.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "util/error.hpp"

using namespace devbox;
using image::Change;
using image::Changes;
using image::EntryKind;

namespace {

// A layer written down in order.
class Written {
 public:
  Written&& file(std::string path, unsigned mode = 0644) && {
    Change change{.path = std::move(path), .entry = {}, .existing = {}};
    change.entry.kind = EntryKind::file;
    change.entry.mode = mode;
    change.file = ++files_;
    return std::move(*this).add(std::move(change));
  }
  Written&& directory(std::string path, unsigned mode = 0755) && {
    Change change{.path = std::move(path), .entry = {}, .existing = {}};
    change.entry.mode = mode;
    return std::move(*this).add(std::move(change));
  }
  Written&& symlink(std::string path, std::string text) && {
    Change change{.path = std::move(path), .entry = {}, .existing = {}};
    change.entry.kind = EntryKind::symlink;
    change.entry.text = std::move(text);
    return std::move(*this).add(std::move(change));
  }
  Written&& hard_link(std::string path, std::string existing) && {
    return std::move(*this).add({.kind = Change::Kind::hard_link,
                                 .path = std::move(path),
                                 .entry = {},
                                 .existing = std::move(existing)});
  }
  Written&& whiteout(std::string path) && {
    return std::move(*this).add(
        {.kind = Change::Kind::whiteout, .path = std::move(path), .entry = {}, .existing = {}});
  }
  Written&& opaque(std::string path) && {
    return std::move(*this).add(
        {.kind = Change::Kind::opaque, .path = std::move(path), .entry = {}, .existing = {}});
  }
  operator Changes() && { return std::move(layer_); }

 private:
  Written&& add(Change change) && {
    layer_.push_back(std::move(change));
    return std::move(*this);
  }
  Changes layer_;
  std::uint64_t files_ = 0;
};

// "a/ a/f=0.1 l->x": each name with its kind; a file with its layer and its number there.
std::string listed(const std::vector<Changes>& layers) {
  const image::Flattened flattened = image::flatten(layers);
  std::string text;
  for (const auto& [path, entry] : flattened.entries) {
    if (path.empty()) continue;
    text += (text.empty() ? "" : " ") + path;
    if (entry.kind == EntryKind::directory) text += "/";
    if (entry.kind == EntryKind::symlink) text += "->" + entry.text;
    if (entry.kind != EntryKind::file) continue;
    const image::Place& place = flattened.places.at(entry.inode);
    text += "=" + std::to_string(place.layer) + "." + std::to_string(place.file);
  }
  return text;
}

std::string refusal(const std::vector<Changes>& layers) {
  try {
    image::flatten(layers);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("a file of a higher layer replaces that of a lower one") {
  CHECK(listed({Written().directory("a").file("a/f").file("a/g"), Written().file("a/f")}) ==
        "a/ a/f=1.1 a/g=0.2");
}

TEST_CASE("what a higher layer says replaces the extended attributes too") {
  const auto with = [](Changes layer, const std::string& name) {
    layer.back().entry.xattrs = {{name, ""}};
    return layer;
  };
  const std::vector<Changes> lower = {with(Written().file("f"), "user.f"),
                                      with(Written().directory("d"), "user.d"),
                                      with(Written().file("kept"), "user.kept")};
  const auto names = [&](const std::string& path, Changes upper) {
    std::vector<Changes> layers = lower;
    layers.push_back(std::move(upper));
    std::string text;
    const image::Flattened flattened = image::flatten(layers);
    for (const auto& xattr : flattened.entries.at(path).xattrs) text += xattr.name;
    return text;
  };
  CHECK(names("f", Written().file("f")).empty());
  CHECK(names("d", Written().directory("d")).empty());
  CHECK(names("d", with(Written().directory("d"), "user.new")) == "user.new");
  CHECK(names("link", Written().hard_link("link", "kept")) == "user.kept");
  CHECK(names("kept", Written().whiteout("f")) == "user.kept");
}

TEST_CASE("of a name that a layer has twice the last wins") {
  CHECK(listed({Written().file("f").file("f")}) == "f=0.2");
  CHECK(listed({Written().symlink("f", "x").file("f")}) == "f=0.1");
}

TEST_CASE("a whiteout takes away what lower layers have, and what is below it") {
  CHECK(listed({Written().directory("a").directory("a/b").file("a/b/f").file("a-b"),
                Written().whiteout("a")}) == "a-b=0.2");
  CHECK(listed({Written().file("a/f").file("a/g"), Written().whiteout("a/f")}) == "a/ a/g=0.2");
}

TEST_CASE("a whiteout does not take away what its own layer has, before it or after it") {
  const Changes lower = Written().directory("a").file("a/old");
  CHECK(listed({lower, Written().whiteout("a").directory("a").file("a/new")}) == "a/ a/new=1.1");
  CHECK(listed({lower, Written().directory("a").file("a/new").whiteout("a")}) == "a/ a/new=1.1");
  CHECK(listed({lower, Written().file("a/new").whiteout("a")}) == "a/ a/new=1.1");
  CHECK(listed({Written().file("f").whiteout("f")}) == "f=0.1");
}

TEST_CASE("an opaque directory hides what lower layers have in it, wherever the mark stands") {
  const Changes lower = Written().directory("a").file("a/old").directory("a/b").file("a/b/older");
  CHECK(listed({lower, Written().opaque("a").file("a/new")}) == "a/ a/new=1.1");
  CHECK(listed({lower, Written().directory("a").file("a/new").opaque("a")}) == "a/ a/new=1.1");
  CHECK(listed({lower, Written().file("a/b/new").opaque("a")}) == "a/ a/b/ a/b/new=1.1");
  CHECK(listed({lower, Written().opaque("a")}) == "a/");
}

TEST_CASE("an opaque root hides all of the layers below") {
  CHECK(listed({Written().file("a").file("b/c"), Written().opaque("").file("d")}) == "d=1.1");
}

TEST_CASE("a whiteout of what is not there is none") {
  CHECK(listed({Written().file("f"), Written().whiteout("no/such").whiteout("f/below")}) ==
        "f=0.1");
  CHECK(listed({Written().file("f"), Written().opaque("f").opaque("none")}) == "f=0.1");
}

TEST_CASE("what a whiteout took away can come again in a layer above") {
  CHECK(listed({Written().file("f"), Written().whiteout("f"), Written().file("f")}) == "f=2.1");
}

TEST_CASE("a directory upon a directory keeps what is in it, and has its own mode") {
  const image::Flattened flattened =
      image::flatten({Written().directory("a", 0700).file("a/f"), Written().directory("a", 0755)});
  CHECK(flattened.entries.at("a").mode == 0755);
  CHECK(flattened.entries.contains("a/f"));
}

TEST_CASE("a link becomes a directory and back between layers") {
  CHECK(listed({Written().directory("d").file("d/f"), Written().symlink("d", "e")}) == "d->e");
  CHECK(listed({Written().directory("e").symlink("d", "e"),
                Written().directory("d").file("d/f")}) == "d/ d/f=1.1 e/");
  CHECK(listed({Written().directory("d").file("d/f"), Written().symlink("d", "e"),
                Written().directory("d").file("d/g")}) == "d/ d/g=2.1");
}

TEST_CASE("a member below a link of a lower layer is put where the link leads, in the tree") {
  const Changes lower = Written().directory("usr/bin").symlink("bin", "usr/bin");
  CHECK(listed({lower, Written().file("bin/f")}) == "bin->usr/bin usr/ usr/bin/ usr/bin/f=1.1");
  CHECK(listed({Written().directory("usr/bin").symlink("bin", "/usr/bin"),
                Written().file("bin/f")}) == "bin->/usr/bin usr/ usr/bin/ usr/bin/f=1.1");
  CHECK(listed({lower, Written().file("usr/bin/f"), Written().whiteout("bin/f")}) ==
        "bin->usr/bin usr/ usr/bin/");
}

TEST_CASE("a link that climbs ends at the tree's own root") {
  CHECK(listed({Written().symlink("up", "../../../etc"), Written().file("up/f")}) ==
        "etc/ etc/f=1.1 up->../../../etc");
  CHECK(listed({Written().directory("a/b").symlink("a/b/up", "../.."),
                Written().file("a/b/up/f")}) == "a/ a/b/ a/b/up->../.. f=1.1");
}

TEST_CASE("links in circles are refused, and a whiteout below them is of nothing") {
  const Changes circle = Written().symlink("a", "b").symlink("b", "a");
  CHECK(refusal({circle, Written().file("a/f")}) ==
        "the layer's member a lies below links that lead in circles");
  CHECK(listed({circle, Written().whiteout("a/f").opaque("a")}) == "a->b b->a");
}

TEST_CASE("a member below a file is refused") {
  CHECK(refusal({Written().file("f"), Written().file("f/g")}) ==
        "the layer's member f lies below f, which is no directory");
}

TEST_CASE("a directory that no layer names is made") {
  const image::Flattened flattened = image::flatten({Written().file("a/b/f")});
  CHECK(flattened.entries.at("a/b").kind == EntryKind::directory);
  CHECK(flattened.entries.at("a/b").mode == 0755);
  CHECK(flattened.entries.at("a/b").mtime == 0);
}

TEST_CASE("a hard link is one more name, also of a lower layer's file") {
  CHECK(listed({Written().file("f").hard_link("g", "f")}) == "f=0.1 g=0.1");
  CHECK(listed({Written().file("f"), Written().hard_link("g", "f")}) == "f=0.1 g=0.1");
  CHECK(listed({Written().file("d/f"), Written().hard_link("d/f", "d/f")}) == "d/ d/f=0.1");
}

TEST_CASE("what a hard link named stays when its first name is replaced or goes") {
  CHECK(listed({Written().file("f").hard_link("g", "f"), Written().file("f")}) == "f=1.1 g=0.1");
  CHECK(listed({Written().file("f").hard_link("g", "f"), Written().whiteout("f")}) == "g=0.1");
}

TEST_CASE("a hard link to nothing, to a directory, or below what it replaces, is refused") {
  CHECK(refusal({Written().hard_link("g", "f")}) ==
        "the layer's member g is a hard link to f, which is no file of the tree");
  CHECK(refusal({Written().directory("d").hard_link("g", "d")}) ==
        "the layer's member g is a hard link to d, which is no file of the tree");
  CHECK(refusal({Written().file("d/f").hard_link("d", "d/f")}) ==
        "the layer's member d is a hard link to d/f, which it replaces");
  CHECK(refusal({Written().file("f"), Written().whiteout("f").hard_link("g", "f")}) ==
        "the layer's member g is a hard link to f, which is no file of the tree");
}

TEST_CASE("the tree itself has the mode that the highest layer gives it, and is a directory") {
  const image::Flattened flattened =
      image::flatten({Written().directory("", 0755), Written().directory("", 0711)});
  CHECK(flattened.entries.at("").mode == 0711);
  CHECK(refusal({Written().file("")}) ==
        "a member of the layer is the tree itself, and no directory");
}
