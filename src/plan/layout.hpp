// Puts what the box wants to mount onto what the tree holds: which names exist, which are made, and
// how the directories that lack one are rebuilt without a byte written into the tree.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.hpp"
#include "plan/request.hpp"
#include "plan/resolve.hpp"

namespace devbox::plan {

// The top-level names of a host that `image.source = "host"` shows: its programs and their
// settings. /home, /root, /srv, /var, /mnt and the like are other people's.
bool is_host_toolchain(const std::string& name);

class Layout {
 public:
  Layout(const Resolved& resolved, const host::Host& host, const Facts& facts, Mistakes& mistakes);

  // In any order; `finish` sorts a parent before what lies on it. The target of `mount` is as the
  // profile names it: links of the tree on the way are followed here.
  void add(Mount mount, const profile::Position& at = {});

  // A name that the tree may or may not have: a file or a link that is generated, over it or beside
  // it.
  void generate(Made made);

  // The whole list, the root first.
  std::vector<Mount> finish();

 private:
  struct Wanted {
    Mount mount;
    profile::Position at;
  };
  // By target in the box, links of the tree followed. Sorted, so that what lies on something is
  // found by the names of its parents: a thousand mounts are not compared with a thousand.
  using WantedMounts = std::map<std::string, Wanted, std::less<>>;

  // What a directory of the tree lacks.
  struct Lack {
    std::vector<Made> made;
    std::set<std::string> names;  // the paths in `made`

    void add(Made one);
    void add_parents(const std::string& path);  // of "a/b/c": "a", then "a/b"
  };

  std::string in_tree(const std::string& target) const;
  const store::Place* place_of(const std::string& target) const;
  const WantedMounts::value_type* cover_of(const std::string& target) const;
  void place(const std::string& target, Wanted& wanted);
  void place_in_tree(const std::string& target, Wanted& wanted);
  void place_on_bind(const std::string& target, Wanted& wanted, const Bind& cover);
  void place_on_tmpfs(const std::string& target, Wanted& wanted, const std::string& cover);
  void lack(const std::string& directory, Made made);
  Mirror mirror(const std::string& directory, Lack lack) const;
  void put_root(std::vector<Mount>& out);
  void put_rebuilt(std::vector<Mount>& out);
  WritableRoot writable_root();

  const Resolved& resolved_;
  const host::Host& host_;
  const Facts& facts_;
  Mistakes& mistakes_;
  std::map<std::string_view, const store::Place*> places_;  // by their path in the tree
  WantedMounts wanted_;
  std::map<std::string, Lack> lacking_;     // by the directory of the tree that lacks it
  std::set<std::string> made_directories_;  // on tmpfses and in the private home
};

}  // namespace devbox::plan
