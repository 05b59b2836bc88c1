// What this machine and this user are, as values: every later stage decides from these alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace devbox::host {

struct Kernel {
  int major = 0;
  int minor = 0;
  bool at_least(int wanted_major, int wanted_minor) const {
    return major != wanted_major ? major > wanted_major : minor >= wanted_minor;
  }
};

// Where devbox keeps things; absolute. Not made here: whoever writes makes them, 0700.
// XDG Base Directory Specification, "Environment variables"; a relative value is ignored, as it
// says.
struct Directories {
  std::string config;   // $XDG_CONFIG_HOME/devbox: the user's own profiles
  std::string data;     // $XDG_DATA_HOME/devbox: the store
  std::string state;    // $XDG_STATE_HOME/devbox: private homes, trust
  std::string runtime;  // $XDG_RUNTIME_DIR/devbox, else /tmp/devbox-$UID: running boxes
};

struct Group {
  std::uint32_t gid = 0;
  std::string name;  // empty where nothing knows it
};

struct Host {
  std::uint32_t uid = 0;  // effective
  std::uint32_t gid = 0;
  std::string user;           // never empty: the number where nothing knows the name
  std::string group;          // name of `gid`, or its number
  std::vector<Group> groups;  // supplementary, without `gid`
  std::string home;           // absolute
  std::string shell;          // the user's login shell; may be empty
  std::string hostname;
  std::string cwd;  // absolute; empty where the working directory is gone
  std::map<std::string, std::string> env;
  Kernel kernel;
  Directories dirs;
  std::string terminal;     // "/dev/pts/3" where 0, 1 or 2 is a terminal; else empty
  std::string resolv_conf;  // /etc/resolv.conf with every link followed; empty where there is none
  std::string hosts;        // the bytes of /etc/hosts
  std::string terminfo;     // the compiled entry of $TERM; empty where there is none
};

struct IdRange {
  std::uint32_t start = 0;
  std::uint32_t count = 0;
};

// The user's subordinate ranges, as subuid(5) and subgid(5) or the name service have them.
struct SubordinateIds {
  std::vector<IdRange> uids;
  std::vector<IdRange> gids;
  std::string add;  // where one of them is empty: the command that adds what is missing
};

enum class NodeKind { missing, file, directory, device, other };

// What a host path leads to, every link followed.
struct PathFact {
  NodeKind kind = NodeKind::missing;
  std::string real;  // with every link followed; empty where it is missing
  int err = 0;       // the errno where `kind` is missing: ENOENT, EACCES, ELOOP, …
  std::uint32_t owner = 0;
  std::string link;  // the text, where the path itself is a link; also of one that leads nowhere
};

}  // namespace devbox::host
