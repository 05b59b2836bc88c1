// Everything decided and nothing done: what `devbox plan` prints and what launch/ carries out.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "host/id_maps.hpp"
#include "plan/limits.hpp"

namespace devbox::plan {

enum class Access {
  read_only,
  read_write,
  discarded,  // written to, and thrown away with the box: the source is below an overlay
};
enum class FileKind { directory, file };

// How the place that a mount covers comes to exist.
enum class Target {
  exists,   // the tree, or the host directory bound there, holds the name
  created,  // it is made: its parent is a tmpfs of the box, or a directory that devbox owns
};

// `Bind::why` of the home directory that devbox keeps for a profile.
inline constexpr const char* kPrivateHome = "home, private";

// `Bind::why` of the project.
inline constexpr const char* kWorkspace = "workspace";

// `Bind::why` of a directory that devbox keeps for the builds of a task.
inline constexpr const char* kVolume = "volume, kept";

// `Bind::why` of a directory that is bound onto itself, so that it cannot be renamed.
inline constexpr const char* kHeld = "held in place, for what is covered in it";

// A host path seen inside. Binds are recursive; nosuid always, nodev but for devices.
struct Bind {
  std::string source;  // on the host, absolute
  std::string target;
  Access access = Access::read_only;
  FileKind kind = FileKind::directory;
  Target place = Target::exists;
  bool device = false;  // a device node: stays usable
  std::string why;      // "workspace", "home", "mounts./opt/sdk", …
};

struct Tmpfs {
  std::string target;
  unsigned mode = 0755;
  std::uint64_t max_bytes = 0;  // 0: the kernel's default, half of memory (tmpfs(5))
  Target place = Target::exists;
  Access access = Access::read_write;  // read_only: sealed once everything on it is in place
  std::string why;
};

// What stands in /proc by file modes alone: uid 0 of the host may write it without any capability.
inline constexpr const char* kProcCovered[] = {"sys", "sysrq-trigger", "irq", "bus"};

// A fresh procfs of the box's pid namespace.
struct Proc {
  std::string target;
  bool covered =
      false;  // host root is mapped: what only file modes protect there is made read-only
};

// A fresh sysfs, where the box has a network namespace of its own.
struct Sysfs {
  std::string target;
};

struct Devpts {
  std::string target;
};

// Something that the box has and the tree lacks, inside a Mirror or an Overlay, or on a tmpfs.
enum class MadeKind { directory, file, symlink };
struct Made {
  std::string path;  // relative to the Mirror or Overlay; absolute in `Make`
  MadeKind kind = MadeKind::directory;
  std::string content;  // a file's bytes, a symlink's text
  unsigned mode = 0755;
  bool secret = false;  // `content` is not printed
};

// A directory of the tree rebuilt on a tmpfs: its links copied, its other names bound, what it
// lacks made. For "/" (an overlay there would cost every file access), and below 5.11 for the
// others too.
struct Mirror {
  std::string target;                          // "/" or a directory of the tree
  std::vector<std::string> bound_directories;  // names of the tree that are bound, read-only
  std::vector<std::string> bound_files;
  std::vector<Made> made;  // links of the tree and what it lacks
};

// A read-only overlay of generated names over one directory of the tree.
struct Overlay {
  std::string target;
  std::vector<Made> made;
};

// The tree itself as "/", where it holds every name that the box needs.
struct RootBind {};

// An overlay of what the box writes over what the tree lacks over the tree, as "/". Nothing
// generated is bound over anything: adduser(8) and its kin replace their files by renaming.
struct WritableRoot {
  std::vector<Made> made;  // relative to "/", the directories on the way among them
};

// A file of a kept root with what has to be in it now, put in its place by renaming.
struct Rewrite {
  std::string target;
  std::string content;
};

// A generated file bound over a name.
struct CoverFile {
  std::string target;
  std::string content;
  unsigned mode = 0644;
  Target place = Target::exists;
};

// A name made on a tmpfs that is already mounted.
struct Make {
  Made made;
};

// An empty read-only directory over a directory that must not be seen, an empty file that nobody
// may read over anything else. Over a link, which is what the name itself is: where it leads stays.
struct Mask {
  std::string target;
  FileKind kind = FileKind::directory;  // of what is hidden, as Layout finds it
  std::string why;
};

using Mount = std::variant<RootBind, WritableRoot, Mirror, Overlay, Bind, Tmpfs, Proc, Sysfs,
                           Devpts, CoverFile, Make, Rewrite, Mask>;

using host::IdMapLine;

struct Ids : host::IdMaps {
  std::uint32_t uid = 0;  // of the command, inside
  std::uint32_t gid = 0;
  bool by_helpers = false;  // ranges: newuidmap(1) and newgidmap(1) write the maps
};

enum class Seccomp { standard, strict, off };
enum class Network { host, none };
enum class Root { read_only, ephemeral, persistent };

// What a person should know; printed by `devbox plan`.
struct Note {
  std::string text;
};

// One way by which the host reaches in, or the box out: what a key of [integrations] let in.
struct Hole {
  std::string integration;  // "ssh_agent"
  std::string text;         // what it is, and what can be done with it
};

// A file on the host that spares the next start some work. This one does without.
struct CacheFile {
  std::string path;
  std::string content;
};

// Bytes for the terminal, which shows nothing of them; empty where it is not to be told.
struct Announcement {
  std::string entered;  // before the start, and when a stopped shell goes on
  std::string left;     // at the end, however it comes, and when the shell stops
};

struct Plan {
  std::string name;     // of the box, for people
  std::string profile;  // the profile file
  std::string image;    // where the root filesystem is from, for people; empty for host
  std::string root;     // the tree on the host; "/" for the host's toolchain
  bool host_image = false;
  Root root_mode = Root::read_only;
  // Root of a single id, in a root that it may write to: what sets owners and ids, and mknod(2) of
  // devices, answers 0 and does nothing, so that package managers work.
  bool pretends_ownership = false;
  // Of a writable root on a pinned tree: the layer of its directories; store/directories.hpp.
  std::string directories;
  std::string kept;  // of a persistent root: the directory on the host that holds its upper
  // Where a box has a directory of its own for what it writes and is thrown away; empty: it writes
  // nothing of that kind.
  std::string scratch;
  // A directory on the host with an "upper" and a "work" (host/upper.hpp) for what is written to a
  // workspace whose Access is discarded: it is the caller's, and stays. Empty: it is thrown away.
  std::string workspace_upper;
  std::string identity;  // what a private home belongs to; store/identity.hpp
  std::string hostname;

  Ids ids;
  std::string ids_why;  // why this map, in a clause
  Network network = Network::host;
  std::vector<Mount> mounts;  // in order: a parent before what lies on it

  std::vector<std::string> argv;
  bool login = false;            // argv[0] is told to the program with a leading dash (login(1))
  std::vector<std::string> env;  // NAME=value, sorted by name
  std::string cwd;               // inside
  Announcement terminal;
  bool cwd_asked = false;  // --cwd: a directory that is not there is an error about that option

  Seccomp seccomp = Seccomp::standard;
  std::vector<std::string> capabilities;  // kept, ambient; "sys_ptrace"
  std::vector<int> pass_fds;
  Limits limits;

  std::vector<std::string>
      make_directories;  // on the host, 0700, before the start: private home, protected
  std::vector<CacheFile> cache;
  std::vector<Hole> holes;
  std::vector<Note> notes;  // what a person should know (a locale that is missing, …)
};

}  // namespace devbox::plan
