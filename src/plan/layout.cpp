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

std::string top_level(const std::string& path) { return path.substr(0, path.find('/', 1)); }

}  // namespace

bool is_host_toolchain(const std::string& name) {
  static const std::set<std::string> kNames = {"usr",   "etc",   "opt",    "bin", "sbin", "lib",
                                               "lib32", "lib64", "libx32", "nix", "gnu"};
  return kNames.contains(name);
}

Layout::Layout(const Resolved& resolved, const host::Host& host, const Facts& facts,
               Mistakes& mistakes)
    : resolved_(resolved), host_(host), facts_(facts), mistakes_(mistakes) {}

std::string Layout::in_tree(const std::string& target) const {
  const auto place = facts_.rootfs.places.find(target);
  return place == facts_.rootfs.places.end() ? target : place->second.path;
}

void Layout::add(Mount mount, const profile::Position& at) {
  std::string* target = target_of(mount);
  const std::string asked = *target;
  *target = in_tree(asked);
  const bool taken = std::any_of(wanted_.begin(), wanted_.end(),
                                 [&](const Wanted& other) { return other.target == *target; });
  if (taken) {
    mistakes_.add(at,
                  fmt::format("{}: the box mounts something else on it already", printable(asked)));
    return;
  }
  std::string resolved_target = *target;
  wanted_.push_back({std::move(mount), std::move(resolved_target), at});
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

void Layout::lack(const std::string& directory, Made made) {
  std::vector<Made>& list = lacking_[directory];
  // Its parents first: "a", "a/b", then "a/b/c".
  for (std::size_t slash = made.path.find('/'); slash != std::string::npos;
       slash = made.path.find('/', slash + 1)) {
    const std::string parent = made.path.substr(0, slash);
    const bool known = std::any_of(list.begin(), list.end(),
                                   [&](const Made& other) { return other.path == parent; });
    if (!known) list.push_back({.path = parent, .kind = MadeKind::directory, .content = {}});
  }
  const bool known = std::any_of(list.begin(), list.end(),
                                 [&](const Made& other) { return other.path == made.path; });
  if (!known) list.push_back(std::move(made));
}

// The mount that `target` lies on, among those that are placed already.
const Layout::Wanted* Layout::cover_of(const std::string& target) const {
  const Wanted* deepest = nullptr;
  for (const Wanted& other : wanted_) {
    if (other.target == target || !path::is_within(target, other.target)) continue;
    if (deepest == nullptr || other.target.size() > deepest->target.size()) deepest = &other;
  }
  return deepest;
}

void Layout::place(Wanted& wanted) {
  const Wanted* cover = cover_of(wanted.target);
  if (cover == nullptr) {
    place_in_tree(wanted);
  } else if (std::holds_alternative<Tmpfs>(cover->mount)) {
    place_on_tmpfs(wanted, cover->target);
  } else if (const auto* bind = std::get_if<Bind>(&cover->mount)) {
    place_on_bind(wanted, *bind);
  } else if (!std::holds_alternative<Proc>(cover->mount) &&
             !std::holds_alternative<Sysfs>(cover->mount)) {
    mistakes_.add(wanted.at, fmt::format("{}: it lies on {}, where nothing can be mounted",
                                         printable(wanted.target), printable(cover->target)));
  }
}

void Layout::place_in_tree(Wanted& wanted) {
  const auto found = facts_.rootfs.places.find(wanted.target);
  // Asked under another name, through a link of the tree: the answer is the same place.
  const auto same =
      std::find_if(facts_.rootfs.places.begin(), facts_.rootfs.places.end(),
                   [&](const auto& entry) { return entry.second.path == wanted.target; });
  const store::Place* place = found != facts_.rootfs.places.end()  ? &found->second
                              : same != facts_.rootfs.places.end() ? &same->second
                                                                   : nullptr;
  const bool hidden =
      resolved_.host_image && !is_host_toolchain(top_level(wanted.target).substr(1));
  const auto* make = std::get_if<Make>(&wanted.mount);
  if (place == nullptr || hidden || place->node.kind == store::NodeKind::missing) {
    const std::string directory = hidden || place == nullptr ? "/" : place->parent;
    Made made{.path = below(wanted.target, directory), .kind = MadeKind::directory, .content = {}};
    if (make != nullptr) {
      made = make->made;
      made.path = below(wanted.target, directory);
    } else if (is_file(wanted.mount)) {
      made.kind = MadeKind::file;
      made.mode = 0444;
    }
    lack(directory, std::move(made));
    return;
  }
  if (make != nullptr) {
    mistakes_.add(wanted.at,
                  fmt::format("{}: the image has that name already; a link cannot be made there",
                              printable(wanted.target)));
  } else if (!is_file(wanted.mount) && place->node.kind == store::NodeKind::symlink) {
    mistakes_.add(wanted.at,
                  fmt::format("{} is a symbolic link to {} in the image; mount on what it leads to",
                              printable(wanted.target), printable(place->node.link)));
  } else if (is_file(wanted.mount) == (place->node.kind == store::NodeKind::directory)) {
    mistakes_.add(
        wanted.at,
        fmt::format("{}: it is a {} in the image, and a {} is to be mounted on it",
                    printable(wanted.target), is_file(wanted.mount) ? "directory" : "file",
                    is_file(wanted.mount) ? "file" : "directory"));
  }
}

void Layout::place_on_tmpfs(Wanted& wanted, const std::string& cover) {
  for (std::string at = path::parent(wanted.target); at != cover; at = path::parent(at))
    made_directories_.insert(at);
  set_place(wanted.mount, Target::created);
}

void Layout::place_on_bind(Wanted& wanted, const Bind& cover) {
  if (std::holds_alternative<Make>(wanted.mount)) {
    mistakes_.add(wanted.at, fmt::format("{}: a link cannot be made in {}, which is the host's",
                                         printable(wanted.target), printable(cover.source)));
    return;
  }
  if (cover.why == kPrivateHome) {
    place_on_tmpfs(wanted, cover.target);
    return;
  }
  const std::string on_host = path::join(cover.source, below(wanted.target, cover.target));
  const auto fact = facts_.paths.find(on_host);
  const host::NodeKind kind =
      fact == facts_.paths.end() ? host::NodeKind::missing : fact->second.kind;
  if (kind == host::NodeKind::missing) {
    mistakes_.add(wanted.at,
                  fmt::format("{}: there is nothing to mount on: {} is not there; make it first",
                              printable(wanted.target), printable(on_host)));
  } else if (is_file(wanted.mount) == (kind == host::NodeKind::directory)) {
    mistakes_.add(wanted.at, fmt::format("{}: {} is a {}, and a {} is to be mounted on it",
                                         printable(wanted.target), printable(on_host),
                                         is_file(wanted.mount) ? "directory" : "file",
                                         is_file(wanted.mount) ? "file" : "directory"));
  }
}

// What a directory of the tree holds, but for what is made or mounted there, rebuilt on a tmpfs.
Mirror Layout::mirror(const std::string& directory, std::vector<Made> made) const {
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
    const bool replaced =
        std::any_of(made.begin(), made.end(), [&](const Made& one) { return one.path == name; });
    if (replaced) continue;
    const std::string path = path::join(directory, name);
    const bool covered = std::any_of(wanted_.begin(), wanted_.end(),
                                     [&](const Wanted& w) { return w.target == path; });
    if (node.kind == store::NodeKind::symlink) {
      mirror.made.push_back({.path = name, .kind = MadeKind::symlink, .content = node.link});
    } else if (node.kind == store::NodeKind::directory && covered) {
      mirror.made.push_back({.path = name, .kind = MadeKind::directory, .content = {}});
    } else if (node.kind == store::NodeKind::directory) {
      mirror.bound_directories.push_back(name);
    } else if (node.kind == store::NodeKind::file) {
      mirror.bound_files.push_back(name);
    }
  }
  for (Made& one : made) mirror.made.push_back(std::move(one));
  return mirror;
}

void Layout::put_root(std::vector<Mount>& out) {
  const auto lacking = lacking_.find("/");
  if (lacking == lacking_.end() && !resolved_.host_image) {
    out.emplace_back(RootBind{});
    return;
  }
  std::vector<Made> made;
  if (lacking != lacking_.end()) made = std::move(lacking->second);
  lacking_.erase("/");
  out.emplace_back(mirror("/", std::move(made)));
}

// An overlay takes in what lies deeper: its generated half may hold "a/b" where the tree has "a".
void Layout::put_rebuilt(std::vector<Mount>& out) {
  const bool overlays = host_.kernel.at_least(5, 11);
  Overlay* last = nullptr;
  for (auto& [directory, made] : lacking_) {  // in order: a parent before what is in it
    if (!overlays) {
      out.emplace_back(mirror(directory, std::move(made)));
    } else if (last != nullptr && path::is_within(directory, last->target)) {
      const std::string prefix = below(directory, last->target);
      std::string parent;
      for (const std::string& name : split(prefix, '/')) {
        if (!parent.empty()) parent += '/';
        parent += name;
        const bool known = std::any_of(last->made.begin(), last->made.end(),
                                       [&](const Made& one) { return one.path == parent; });
        if (!known)
          last->made.push_back({.path = parent, .kind = MadeKind::directory, .content = {}});
      }
      for (Made& one : made) {
        one.path = prefix + "/" + one.path;
        last->made.push_back(std::move(one));
      }
    } else {
      last = &std::get<Overlay>(
          out.emplace_back(Overlay{.target = directory, .made = std::move(made)}));
    }
  }
}

std::vector<Mount> Layout::finish() {
  std::sort(wanted_.begin(), wanted_.end(),
            [](const Wanted& a, const Wanted& b) { return a.target < b.target; });
  for (Wanted& wanted : wanted_) place(wanted);
  std::vector<Mount> out;
  out.reserve(wanted_.size() + lacking_.size() + made_directories_.size() +
              1);  // `last` in put_rebuilt stays
  put_root(out);
  put_rebuilt(out);
  auto directory = made_directories_.begin();
  const auto make_until = [&](const std::string& target) {
    for (; directory != made_directories_.end() && *directory < target; ++directory) {
      const bool mounted = std::any_of(wanted_.begin(), wanted_.end(),
                                       [&](const Wanted& w) { return w.target == *directory; });
      if (!mounted)
        out.emplace_back(Make{{.path = *directory, .kind = MadeKind::directory, .content = {}}});
    }
  };
  for (Wanted& wanted : wanted_) {
    make_until(wanted.target);
    const bool in_tree =
        std::holds_alternative<Make>(wanted.mount) && cover_of(wanted.target) == nullptr;
    if (!in_tree) out.push_back(std::move(wanted.mount));
  }
  return out;
}

}  // namespace devbox::plan
