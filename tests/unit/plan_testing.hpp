// A made-up host, a made-up tree and a profile, as values: plans need no machine.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "plan/make.hpp"
#include "plan/request.hpp"
#include "plan/resolve.hpp"
#include "profile/profile.hpp"
#include "store/rootfs.hpp"
#include "util/error.hpp"
#include "util/path.hpp"

namespace devbox::plan {

inline host::Host a_host() {
  host::Host host;
  host.uid = 1000;
  host.gid = 1000;
  host.user = "ann";
  host.group = "ann";
  host.home = "/home/ann";
  host.shell = "/bin/bash";
  host.hostname = "desk";
  host.cwd = "/home/ann/work/src";
  host.kernel = {6, 1};
  host.dirs = {"/home/ann/.config/devbox", "/home/ann/.local/share/devbox",
               "/home/ann/.local/state/devbox", "/run/user/1000/devbox"};
  host.resolv_conf = "/run/systemd/resolve/stub-resolv.conf";
  host.hosts = "127.0.0.1\tlocalhost\n";
  host.env = {{"LANG", "C.UTF-8"}, {"TERM", "xterm"}, {"SSH_AUTH_SOCK", "/tmp/agent"}};
  return host;
}

// What the tree holds, by path; links by their text.
struct ATree {
  std::map<std::string, store::Node> nodes;

  ATree& directory(const std::string& path) { return put(path, {store::NodeKind::directory, ""}); }
  ATree& file(const std::string& path) { return put(path, {store::NodeKind::file, ""}); }
  ATree& link(const std::string& path, const std::string& text) {
    return put(path, {store::NodeKind::symlink, text});
  }
  ATree& put(const std::string& path, store::Node node) {
    nodes[path] = std::move(node);
    return *this;
  }

  // store::survey over these nodes; the links in them lead from "/".
  store::Rootfs survey(const store::Survey& asked) const {
    store::Rootfs rootfs;
    rootfs.directory = "/trees/debian";
    rootfs.owner = 1000;
    for (const std::string& target : asked.targets) rootfs.places[target] = place(target);
    for (const std::string& program : asked.programs)
      rootfs.programs[program] = nodes.contains(follow(program));
    for (const auto& [path, node] : nodes) {
      if (node.kind == store::NodeKind::directory) rootfs.listings[path];
      rootfs.listings[path::parent(path)].push_back({path::filename(path), node});
    }
    return rootfs;
  }

 private:
  std::string follow(const std::string& path) const {
    for (std::string at = path; at != "/"; at = path::parent(at)) {
      const auto found = nodes.find(at);
      if (found == nodes.end() || found->second.kind != store::NodeKind::symlink) continue;
      return follow(path::absolute(found->second.link, path::parent(at)) + path.substr(at.size()));
    }
    return path;
  }

  store::Place place(const std::string& target) const {
    store::Place place;
    place.path = path::join(follow(path::parent(target)), path::filename(target));
    const auto found = nodes.find(place.path);
    if (found != nodes.end()) place.node = found->second;
    place.parent = path::parent(place.path);
    while (place.parent != "/" && !nodes.contains(place.parent))
      place.parent = path::parent(place.parent);
    return place;
  }
};

inline ATree debian() {
  ATree tree;
  for (const char* path : {"/dev", "/etc", "/home", "/opt", "/proc", "/run", "/sys", "/tmp", "/usr",
                           "/usr/bin", "/var"}) {
    tree.directory(path);
  }
  tree.file("/etc/passwd").file("/etc/group").file("/usr/bin/bash").file("/usr/bin/sh");
  tree.link("/bin", "usr/bin").link("/var/run", "/run");
  return tree;
}

inline profile::Profile a_profile() {
  profile::Profile profile;
  profile.path = "/home/ann/work/devbox.toml";
  profile.name = "cpp";
  profile.image.source = profile::Source{profile::SourceKind::rootfs, "/trees/debian", {}};
  return profile;
}

inline Request a_request() {
  Request request;
  request.project = "/home/ann/work";
  request.identity = "0123456789abcdef0123456789abcdef";
  request.project_profile = true;
  return request;
}

struct World {
  host::Host host = a_host();
  ATree tree = debian();
  profile::Profile profile = a_profile();
  Request request = a_request();
  std::map<std::string, host::PathFact> paths;  // what the host has beyond what every test needs
  std::optional<host::SubordinateIds> subordinate;
  std::uint32_t tree_owner = 1000;
  store::KeptRoot kept;
  std::optional<host::Cgroups> cgroups;
  std::map<std::string, host::BlockDevice> devices;
  std::map<std::string, std::uint64_t> hard_limits;
  host::Reach reach;
  std::optional<store::Certificates> certificates;
  bool has_zone = false;  // the tree has

  World& has(const std::string& path, host::NodeKind kind = host::NodeKind::directory,
             const std::string& real = "") {
    paths[path] = {kind, real.empty() ? path : real, 0, 1000};
    return *this;
  }

  Resolved resolved() const { return resolve(profile, host, request); }

  Facts facts(const Resolved& resolved) const {
    Facts facts;
    facts.rootfs = tree.survey(questions(resolved, profile, host).survey);
    facts.rootfs.owner = tree_owner;
    facts.rootfs.files["/etc/passwd"] = "root:x:0:0:root:/root:/bin/bash\n";
    facts.rootfs.files["/etc/group"] = "root:x:0:\n";
    facts.paths = paths;
    facts.subordinate = subordinate;
    facts.kept = kept;
    facts.cgroups = cgroups;
    facts.devices = devices;
    facts.hard_limits = hard_limits;
    facts.reach = reach;
    facts.certificates = certificates;
    facts.rootfs.has_zone = has_zone;
    return facts;
  }

  Plan plan() const {
    const Resolved first = resolved();
    return make(profile, first, host, facts(first), request);
  }

  // The message of the Error that planning throws; empty where it throws none.
  std::string mistake() const {
    try {
      static_cast<void>(plan());
    } catch (const Error& error) {
      return error.message();
    }
    return "";
  }
};

template <class Kind>
std::vector<Kind> mounts_of(const Plan& plan) {
  std::vector<Kind> found;
  for (const Mount& mount : plan.mounts) {
    if (const auto* kind = std::get_if<Kind>(&mount)) found.push_back(*kind);
  }
  return found;
}

}  // namespace devbox::plan
