// Who runs the same command in the same box: the command lines that are compared.
//
// The box is that of a six-line profile: a tree read-only, /etc with the host's names, /home, /dev,
// /proc, /sys, /run and /tmp, a home and a workspace. devbox and `bare` make it by the same mounts,
// with the same seccomp filter. What bubblewrap does otherwise is to its advantage:
// - no seccomp filter, /dev stays writable, and /dev/shm is a directory, not a tmpfs of its own
// - it cannot make a name in a read-only tree. Files of /etc are bound one by one on those names
//   that the tree has, instead of an overlay with all of them; on /home lies a tmpfs, which hides
//   what the tree has there, instead of an overlay; resolv.conf is the host's file, which a change
//   of network replaces, and its directory is bound too
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "options.hpp"
#include "process.hpp"
#include "scratch.hpp"

namespace devbox::bench {

enum class Who { bare, devbox, bubblewrap, podman };

const char* name_of(Who who);

// Everything that the command lines name, made in the scratch directory.
class Contestants {
 public:
  // `runtime` becomes devbox's XDG_RUNTIME_DIR.
  Contestants(const Options& options, const Scratch& scratch, const Scratch& runtime);

  // `command` in a box of `tree`; what `extra` says goes before it (--bind and its like).
  Command line(Who who, const std::string& tree, const std::vector<std::string>& command,
               const std::vector<std::string>& extra = {}) const;
  // devbox with another profile of ours.
  Command devbox(const std::string& profile, const std::vector<std::string>& command,
                 const std::vector<std::string>& extra = {}) const;
  // `command` in the box that runs: of devbox the only one, of podman the newest, and by nsenter in
  // the namespaces of the process `first`, which are all of devbox's box.
  Command join_devbox(const std::vector<std::string>& command) const;
  Command join_podman(const std::vector<std::string>& command) const;
  Command join_nsenter(pid_t first, const std::vector<std::string>& command) const;
  Command kill_podman() const;  // the newest
  // The command with the tree as its root and no box.
  Command outside(const std::string& tree, const std::vector<std::string>& command) const;

  // Writes the profile `name` for `tree`, with `lines` more of it.
  void write_profile(const std::string& name, const std::string& tree,
                     const std::string& lines = "") const;

  const std::string& tree() const { return tree_; }
  bool tree_is_given() const { return tree_is_given_; }
  const std::string& workspace() const { return workspace_; }
  const std::string& guest() const { return guest_; }
  bool is_here(Who who) const;
  void leave_out_podman() { podman_.clear(); }
  // Options of podman's own, which go before `run`.
  void ask_podman_with(const std::vector<std::string>& options) { podman_options_ = options; }
  // As it is asked: "podman --runtime runc".
  std::string shown(Who who) const;

 private:
  std::vector<std::string> bubblewrap_mounts(const std::string& tree) const;
  std::string profile_of(const std::string& tree) const;

  std::string scratch_, tree_, workspace_, home_;
  bool tree_is_given_ = false;
  std::string devbox_, bare_, outside_, guest_, bubblewrap_, podman_;
  std::vector<std::string> podman_options_;
  std::vector<std::string> env_;
};

}  // namespace devbox::bench
