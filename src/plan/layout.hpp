// Puts what the box wants to mount onto what the tree holds: which names exist, which are made, and
// how the directories that lack one are rebuilt without a byte written into the tree.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
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
    std::string target;  // in the box, links of the tree followed
    profile::Position at;
  };

  std::string in_tree(const std::string& target) const;
  const Wanted* cover_of(const std::string& target) const;
  void place(Wanted& wanted);
  void place_in_tree(Wanted& wanted);
  void place_on_bind(Wanted& wanted, const Bind& cover);
  void place_on_tmpfs(Wanted& wanted, const std::string& cover);
  void lack(const std::string& directory, Made made);
  void generate_below(const std::string& directory, std::vector<Made> made);
  Mirror mirror(const std::string& directory, std::vector<Made> made) const;
  void put_root(std::vector<Mount>& out);
  void put_rebuilt(std::vector<Mount>& out);

  const Resolved& resolved_;
  const host::Host& host_;
  const Facts& facts_;
  Mistakes& mistakes_;
  std::vector<Wanted> wanted_;
  std::vector<Mount> placed_;
  std::map<std::string, std::vector<Made>>
      lacking_;                             // by the directory of the tree that lacks them
  std::set<std::string> made_directories_;  // on tmpfses and in the private home
};

}  // namespace devbox::plan
