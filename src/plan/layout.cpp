#include "plan/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plan/target.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

// What lies below `ancestor`, without a leading slash.
std::string below(const std::string& path, const std::string& ancestor) {
  return path.substr(ancestor == "/" ? 1 : ancestor.size() + 1);
}

// The kernel attaches a directory to directories alone, and a link is none (move_mount(2): EINVAL).
std::string not_on_a_link(const std::string& target, const std::string& link, const char* where) {
  return fmt::format(
      "{} is a symbolic link to {} {}, and a directory cannot be mounted on a link; name what it "
      "leads to, {}",
      printable(target), printable(link), where,
      printable(path::absolute(link, path::parent(target))));
}

void hide(Mount& mount, bool directory) {
  auto* mask = std::get_if<Mask>(&mount);
  if (mask != nullptr) mask->kind = directory ? FileKind::directory : FileKind::file;
}

std::string top_level(const std::string& path) { return path.substr(0, path.find('/', 1)); }

}  // namespace

bool is_host_toolchain(const std::string& name) {
  static const std::set<std::string> kNames = {"usr",   "etc",   "opt",    "bin", "sbin", "lib",
                                               "lib32", "lib64", "libx32", "nix", "gnu"};
  return kNames.contains(name);
}

Layout::Layout(const Resolved& resolved, const host::Host& host, const Facts& facts,
               Mistakes& mistakes)
    : resolved_(resolved), host_(host), facts_(facts), mistakes_(mistakes) {
  for (const auto& [asked, place] : facts.rootfs.places) places_.emplace(place.path, &place);
}

std::string Layout::in_tree(const std::string& target) const {
  const auto place = facts_.rootfs.places.find(target);
  return place == facts_.rootfs.places.end() ? target : place->second.path;
}

void Layout::add(Mount mount, const profile::Position& at) {
  std::string& target = *target_of(mount);
  const std::string asked = std::exchange(target, in_tree(target));
  if (wanted_.contains(target)) {
    mistakes_.add(at,
                  fmt::format("{}: the box mounts something else on it already", printable(asked)));
    return;
  }
  std::string in_box = target;
  wanted_.emplace(std::move(in_box), Wanted{std::move(mount), at});
}

void Layout::generate(Made made) {
  const auto found = facts_.rootfs.places.find(made.path);
  const store::Place* place = found == facts_.rootfs.places.end() ? nullptr : &found->second;
  const bool exists = place != nullptr && place->node.kind != store::NodeKind::missing;
  const bool overlays = host_.kernel.at_least(5, 11);  // overlayfs in a user namespace
  if (exists && !overlays && made.kind == MadeKind::file) {
    add(CoverFile{
        .target = made.path, .content = made.content, .mode = made.mode, .place = Target::exists});
    return;
  }
  const std::string parent = path::parent(made.path);
  const bool parent_exists = place != nullptr && place->parent == parent;
  const std::string directory = parent_exists || place == nullptr ? parent : place->parent;
  made.path = below(made.path, directory);
  lack(directory, std::move(made));
}

void Layout::Lack::add(Made one) {
  if (names.insert(one.path).second) made.push_back(std::move(one));
}

void Layout::Lack::add_parents(const std::string& path) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    add({.path = path.substr(0, slash), .kind = MadeKind::directory, .content = {}});
}

void Layout::lack(const std::string& directory, Made made) {
  Lack& lack = lacking_[directory];
  lack.add_parents(made.path);
  lack.add(std::move(made));
}

// The mount that `target` lies on. What is made is a name on that, and no mount of its own.
const Layout::WantedMounts::value_type* Layout::cover_of(const std::string& target) const {
  for (std::string_view at = target; at.size() > 1;) {
    at = path::above(at);
    const auto found = wanted_.find(at);
    if (found != wanted_.end() && !std::holds_alternative<Make>(found->second.mount))
      return &*found;
  }
  return nullptr;
}

void Layout::place(const std::string& target, Wanted& wanted) {
  const WantedMounts::value_type* cover = cover_of(target);
  if (cover == nullptr) return place_in_tree(target, wanted);
  const Mount& below = cover->second.mount;
  if (std::holds_alternative<Tmpfs>(below)) {
    place_on_tmpfs(target, wanted, cover->first);
  } else if (const auto* bind = std::get_if<Bind>(&below)) {
    place_on_bind(target, wanted, *bind);
  } else if (std::holds_alternative<Proc>(below) || std::holds_alternative<Sysfs>(below)) {
    const auto same = facts_.paths.find(target);  // the host's has the same names
    if (same != facts_.paths.end())
      hide(wanted.mount, same->second.kind == host::NodeKind::directory);
  } else {
    mistakes_.add(wanted.at, fmt::format("{}: it lies on {}, where nothing can be mounted",
                                         printable(target), printable(cover->first)));
  }
}

const store::Place* Layout::place_of(const std::string& target) const {
  const auto found = facts_.rootfs.places.find(target);
  if (found != facts_.rootfs.places.end()) return &found->second;
  // Asked under another name, through a link of the tree: the answer is the same place.
  const auto same = places_.find(target);
  return same != places_.end() ? same->second : nullptr;
}

void Layout::place_in_tree(const std::string& target, Wanted& wanted) {
  const store::Place* place = place_of(target);
  const bool hidden = resolved_.host_image && !is_host_toolchain(top_level(target).substr(1));
  const auto* make = std::get_if<Make>(&wanted.mount);
  if (place == nullptr || hidden || place->node.kind == store::NodeKind::missing) {
    const std::string directory = hidden || place == nullptr ? "/" : place->parent;
    Made made{.path = below(target, directory), .kind = MadeKind::directory, .content = {}};
    if (make != nullptr) {
      made = make->made;
      made.path = below(target, directory);
    } else if (is_file(wanted.mount)) {
      made.kind = MadeKind::file;
      made.mode = 0444;
    }
    if (resolved_.root_mode != Root::read_only) set_place(wanted.mount, Target::created);
    lack(directory, std::move(made));
    return;
  }
  hide(wanted.mount, place->node.kind == store::NodeKind::directory);
  // A kept root may have taken the name away.
  if (resolved_.root_mode != Root::read_only) set_place(wanted.mount, Target::created);
  if (make != nullptr) {
    mistakes_.add(wanted.at,
                  fmt::format("{}: the image has that name already; a link cannot be made there",
                              printable(target)));
  } else if (!is_file(wanted.mount) && place->node.kind == store::NodeKind::symlink) {
    mistakes_.add(wanted.at, not_on_a_link(target, place->node.link, "in the image"));
  } else if (is_file(wanted.mount) == (place->node.kind == store::NodeKind::directory)) {
    mistakes_.add(wanted.at,
                  fmt::format("{}: it is a {} in the image, and a {} is to be mounted on it",
                              printable(target), is_file(wanted.mount) ? "directory" : "file",
                              is_file(wanted.mount) ? "file" : "directory"));
  }
}

void Layout::place_on_tmpfs(const std::string& target, Wanted& wanted, const std::string& cover) {
  for (std::string at = path::parent(target); at != cover; at = path::parent(at))
    made_directories_.insert(at);
  set_place(wanted.mount, Target::created);
}

void Layout::place_on_bind(const std::string& target, Wanted& wanted, const Bind& cover) {
  const auto* make = std::get_if<Make>(&wanted.mount);
  const bool in_own_home = cover.why == kPrivateHome;
  if (make != nullptr && in_own_home && make->made.kind == MadeKind::directory)
    return place_on_tmpfs(target, wanted, cover.target);
  if (make != nullptr) {
    mistakes_.add(wanted.at, fmt::format("{}: a link cannot be made in {}, which is the host's",
                                         printable(target), printable(cover.source)));
    return;
  }
  const std::string on_host = path::join(cover.source, below(target, cover.target));
  const auto found = facts_.paths.find(on_host);
  const host::PathFact fact = found == facts_.paths.end() ? host::PathFact{} : found->second;
  const bool is_link = !fact.link.empty();
  const bool missing = fact.kind == host::NodeKind::missing && !is_link;
  const bool directory = fact.kind == host::NodeKind::directory && !is_link;
  if (!missing) hide(wanted.mount, directory);
  if (in_own_home || (missing && cover.access == Access::discarded)) {
    place_on_tmpfs(target, wanted, cover.target);
  } else if (missing) {
    mistakes_.add(wanted.at,
                  fmt::format("{}: there is nothing to mount on: {} is not there; make it first",
                              printable(target), printable(on_host)));
  } else if (is_link && !is_file(wanted.mount)) {
    mistakes_.add(wanted.at, not_on_a_link(target, fact.link, "on the host"));
  } else if (is_file(wanted.mount) == directory) {
    mistakes_.add(wanted.at,
                  fmt::format("{}: {} is a {}, and a {} is to be mounted on it", printable(target),
                              printable(on_host), is_file(wanted.mount) ? "directory" : "file",
                              is_file(wanted.mount) ? "file" : "directory"));
  }
}

// What a directory of the tree holds, but for what is made or mounted there, rebuilt on a tmpfs.
Mirror Layout::mirror(const std::string& directory, Lack lack) const {
  Mirror mirror{.target = directory, .bound_directories = {}, .bound_files = {}, .made = {}};
  const auto listing = facts_.rootfs.listings.find(directory);
  if (listing == facts_.rootfs.listings.end()) {
    mistakes_.add({}, fmt::format("{}: the image's directory cannot be read, and lacks a name that "
                                  "the box needs",
                                  printable(directory)));
    return mirror;
  }
  for (const store::Entry& entry : listing->second) {
    const std::string& name = entry.name;
    const store::Node& node = entry.node;
    if (directory == "/" && resolved_.host_image && !is_host_toolchain(name)) continue;
    if (lack.names.contains(name)) continue;
    const bool covered = wanted_.contains(path::join(directory, name));
    if (node.kind == store::NodeKind::symlink) {
      mirror.made.push_back({.path = name, .kind = MadeKind::symlink, .content = node.link});
    } else if (node.kind == store::NodeKind::directory && covered) {
      mirror.made.push_back({.path = name, .kind = MadeKind::directory, .content = {}});
    } else if (node.kind == store::NodeKind::directory) {
      mirror.bound_directories.push_back(name);
    } else if (node.kind == store::NodeKind::file && covered) {
      mirror.made.push_back({.path = name, .kind = MadeKind::file, .content = {}, .mode = 0444});
    } else if (node.kind == store::NodeKind::file) {
      mirror.bound_files.push_back(name);
    }
  }
  for (Made& one : lack.made) mirror.made.push_back(std::move(one));
  return mirror;
}

// One overlay has all that the tree lacks, wherever.
WritableRoot Layout::writable_root() {
  Lack all;
  for (auto& [directory, lack] : lacking_) {
    const std::string prefix = directory == "/" ? "" : below(directory, "/") + "/";
    all.add_parents(prefix);
    for (Made& one : lack.made) {
      one.path = prefix + one.path;
      all.add(std::move(one));
    }
  }
  lacking_.clear();
  return {std::move(all.made)};
}

void Layout::put_root(std::vector<Mount>& out) {
  if (resolved_.root_mode != Root::read_only && !resolved_.host_image) {
    out.emplace_back(writable_root());
    return;
  }
  const auto lacking = lacking_.find("/");
  if (lacking == lacking_.end() && !resolved_.host_image) {
    out.emplace_back(RootBind{});
    return;
  }
  Lack lack;
  if (lacking != lacking_.end()) lack = std::move(lacking->second);
  lacking_.erase("/");
  out.emplace_back(mirror("/", std::move(lack)));
}

// An overlay takes in what lies deeper: its generated half may hold "a/b" where the tree has "a".
void Layout::put_rebuilt(std::vector<Mount>& out) {
  const bool overlays = host_.kernel.at_least(5, 11);
  const std::string* top = nullptr;  // the directory of the last overlay, whose names are `all`
  Lack* all = nullptr;
  const auto put_overlay = [&] {
    if (top != nullptr) out.emplace_back(Overlay{.target = *top, .made = std::move(all->made)});
  };
  for (auto& [directory, lack] : lacking_) {  // in order: a parent before what is in it
    if (!overlays) {
      out.emplace_back(mirror(directory, std::move(lack)));
    } else if (top != nullptr && path::is_within(directory, *top)) {
      const std::string prefix = below(directory, *top) + "/";
      all->add_parents(prefix);
      for (Made& one : lack.made) {
        one.path = prefix + one.path;
        all->add(std::move(one));
      }
    } else {
      put_overlay();
      top = &directory;
      all = &lack;
    }
  }
  put_overlay();
}

std::vector<Mount> Layout::finish() {
  for (auto& [target, wanted] : wanted_) place(target, wanted);
  std::vector<Mount> out;
  out.reserve(wanted_.size() + lacking_.size() + made_directories_.size() + 1);
  put_root(out);
  put_rebuilt(out);
  auto directory = made_directories_.begin();
  const auto make_until = [&](const std::string& target) {
    for (; directory != made_directories_.end() && *directory < target; ++directory) {
      if (!wanted_.contains(*directory))
        out.emplace_back(Make{{.path = *directory, .kind = MadeKind::directory, .content = {}}});
    }
  };
  for (auto& [target, wanted] : wanted_) {
    make_until(target);
    const bool in_tree = std::holds_alternative<Make>(wanted.mount) && cover_of(target) == nullptr;
    if (!in_tree) out.push_back(std::move(wanted.mount));
  }
  return out;
}

}  // namespace devbox::plan
