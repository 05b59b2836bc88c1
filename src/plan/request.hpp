// What the command line adds to a profile, and what the machine answered: the inputs of a plan.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/block_device.hpp"
#include "host/cgroups.hpp"
#include "host/host.hpp"
#include "host/reach.hpp"
#include "profile/profile.hpp"
#include "store/certificates.hpp"
#include "store/rootfs.hpp"
#include "store/roots.hpp"

namespace devbox::plan {

struct BindOption {
  std::string source;
  std::string target;
  profile::Access access = profile::Access::read_write;
};

struct InsideUser {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

// The options of enter and run; each one wins over the profile.
struct Request {
  std::vector<std::string> command;        // empty: the shell
  bool interactive = false;                // the three standard streams are a terminal
  std::optional<std::string> cwd;          // inside; relative to the caller's working directory
  std::optional<std::string> project_cwd;  // inside; relative to the project; `cwd` goes before it
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<BindOption> binds;
  std::vector<BindOption> volumes;  // directories that devbox keeps
  std::optional<profile::NetworkMode> network;
  std::optional<profile::IdMap> map;
  std::optional<profile::Source> root;  // --root host, --root rootfs:DIR
  std::vector<int> pass_fds;
  profile::Limits limits;            // paths of io are absolute
  bool measured = false;             // --stats
  std::optional<InsideUser> inside;  // who the user is inside, where one id is enough
  std::string hostname;              // empty: the profile's name
  std::string build_path;            // where the project is seen inside; empty: as the profile says
  // What lies below the workspace and is not written to, and who keeps what is written over it:
  // Plan::workspace_upper. Empty: the project itself, and nobody.
  std::string workspace_lower;
  std::string workspace_upper;

  bool project_profile = false;        // the profile came with a project: store::Origin::project
  std::optional<std::string> project;  // the workspace's directory on the host
  std::string identity;                // store::identity
};

// Answers to Questions.
struct Facts {
  std::map<std::string, host::PathFact> paths;  // by the path asked
  std::map<std::string, std::string> files;     // env files, by path: their bytes
  store::Rootfs rootfs;
  store::KeptRoot kept;  // where the root is persistent
  std::optional<host::SubordinateIds> subordinate;
  std::optional<host::Cgroups> cgroups;              // where a group is wanted
  std::map<std::string, host::BlockDevice> devices;  // by the paths of io limits
  host::Reach reach;
  std::optional<store::Certificates> certificates;   // where they are asked for
  std::map<std::string, std::uint64_t> hard_limits;  // where there are rlimits; host/rlimits.hpp
};

}  // namespace devbox::plan
