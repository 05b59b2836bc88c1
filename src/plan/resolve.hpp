// The first half of a plan: the profile and the command line with every path expanded, before the
// machine is asked about any of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/reach.hpp"
#include "plan/plan.hpp"
#include "plan/request.hpp"
#include "store/image_config.hpp"
#include "store/rootfs.hpp"

namespace devbox::plan {

// Mistakes that the profile's own validation cannot see; reported together.
class Mistakes {
 public:
  // `at` may be empty (a default, an option).
  void add(const profile::Position& at, const std::string& text);
  bool empty() const { return lines_.empty(); }
  // Throws Error with every line.
  void throw_if_any() const;

 private:
  std::vector<std::string> lines_;
};

struct WantedMount {
  profile::Mount mount;  // source and target expanded, absolute and normal
  std::string why;       // "mounts./opt/sdk", "--bind"
};

struct Resolved {
  // What the profile names: the tree's directory on the host, absolute; "/" for host; or the
  // archive or directory that was unpacked into the tree.
  std::string root_source;
  profile::SourceKind kind = profile::SourceKind::host;
  // What the profile itself pins, hex: the SHA-256 of an archive, the digest of a manifest or an
  // index; empty: the lock file has it.
  std::string pin;
  std::string root;           // the tree itself; empty where the store must say where it is
  store::ImageConfig config;  // as the store has it of the tree
  profile::Position root_at;
  std::string image;  // "debian:bookworm with cmake g++", for people; empty for host
  bool host_image = false;
  Root root_mode = Root::read_only;

  struct Workspace {
    std::string source, target;
    Access access = Access::read_write;
  };
  std::optional<Workspace> workspace;
  std::string no_workspace;  // why there is none; empty where the profile says none

  std::string home_source;          // empty: ephemeral
  std::vector<WantedMount> mounts;  // the profile's, home.share and --bind, one a target
  std::vector<std::string> env_files;
  std::vector<std::string> path_prepend;
  std::vector<std::pair<std::string, std::string>> env_set;  // the profile's, expanded
  std::vector<std::string> host_variables;                   // that ${env:…} asked for
  std::string shell;                                         // absolute; empty: automatic
  std::string cwd;  // inside; empty: where the caller stands
  profile::IdMap map = profile::IdMap::automatic;
  profile::NetworkMode network = profile::NetworkMode::host;
  profile::Limits limits;  // the paths of io expanded
};

// Throws Error with every mistake.
Resolved resolve(const profile::Profile& profile, const host::Host& host, const Request& request);

// What the second half must know.
struct Questions {
  std::vector<std::string> paths;  // for host::look, and the ancestors of one that is missing
  std::vector<std::string> files;  // env files to read
  store::Survey survey;            // of Resolved::root
  host::ReachAsked reach;          // for [integrations]
  bool certificates = false;       // Facts::certificates
  std::string image_bundle;        // of certificates, where the image's SSL_CERT_FILE names one
};
Questions questions(const Resolved& resolved, const profile::Profile& profile,
                    const host::Host& host);

// Whether anything of it is a matter of a control group: Facts::cgroups.
bool needs_group(const profile::Limits& limits);

// Whether the subordinate ranges must be asked for; they cost a process.
bool needs_subordinate_ids(const Resolved& resolved, const host::Host& host, const Facts& facts);

}  // namespace devbox::plan
