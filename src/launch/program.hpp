// A plan as the child carries it out: plain values and pointers, prepared before the clone, because
// the child may not allocate.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernel/mount.hpp"
#include "kernel/step.hpp"
#include "launch/confinement.hpp"

namespace devbox::launch {

enum class Action : unsigned char {
  bind,
  tmpfs,
  proc,
  sysfs,
  devpts,
  overlay,
  writable,  // an overlay with an upper
  directory,
  file,
  symlink,
  rewrite,
  seal
};

// Where a bind's source is looked up.
enum class Base : unsigned char {
  host,   // an absolute path
  tree,   // relative to the root filesystem's tree
  stage,  // relative to the scratch tmpfs that vanishes with the old root
  box,    // relative to the box's own root
};

enum class Where : unsigned char { box, stage };

struct Operation {
  Action action = Action::bind;
  Base base = Base::host;
  Where where = Where::box;  // what `target` is relative to
  bool make = false;         // make `target` first: a directory, or an empty file where `is_file`
  bool is_file = false;
  bool optional = false;         // bind: a source that is missing is passed over
  bool fresh = false;            // writable: the upper is new, and takes the lower's mode and owner
  bool discarded = false;        // writable: nothing of it has to reach the disk
  const char* source = nullptr;  // bind; writable: what lies below, where that is not the tree
  const char* upper = nullptr;   // writable: the directory of "upper" and "work"
  // directory: what its mode and owner are taken from, relative to the tree, where that has it.
  const char* like = nullptr;
  const char* target = nullptr;  // no leading slash; "" is the root itself
  const char* text = nullptr;    // file, rewrite: its bytes; symlink: its text; overlay: lowerdir;
                                 // writable: the generated layer, or null; tmpfs: size or null
  std::size_t size = 0;          // of a file's bytes
  unsigned mode = 0;             // of what is made
  const char* mode_text = nullptr;  // tmpfs: the same as an option, "0755"
  std::uint64_t attributes = 0;
};

struct Program {
  const char* tree = nullptr;         // absolute
  const char* directories = nullptr;  // a layer between a writable root and the tree; null: none
  const Operation* operations = nullptr;
  int count = 0;
  bool root_is_tree = false;      // else the root is a tmpfs, sealed by the last operation
  bool root_is_writable = false;  // or an overlay, which an operation mounts

  // Maps that the child writes itself; null where newuidmap and newgidmap do.
  const char* uid_map = nullptr;
  std::size_t uid_map_size = 0;
  const char* gid_map = nullptr;
  std::size_t gid_map_size = 0;

  // Of the second user namespace, where capabilities are kept: each id to itself.
  const char* inner_uid_map = nullptr;
  std::size_t inner_uid_map_size = 0;
  const char* inner_gid_map = nullptr;
  std::size_t inner_gid_map_size = 0;

  const char* boxes = nullptr;     // the runtime directory that holds the owner FIFO
  const char* name = nullptr;      // of the FIFO
  const char* hostname = nullptr;  // null: the host's
  std::size_t hostname_size = 0;
  bool loopback = false;
  Confinement confinement;
  bool grouped = false;  // the box has a control group, which the launcher puts it into
  bool kept = false;     // pid 1 owns the box too

  const char* init = nullptr;  // devbox-init, absolute
  char** init_argv =
      nullptr;  // init/protocol.hpp; the child writes its descriptors' numbers into it
  char** envp = nullptr;
  char* socket_text = nullptr;  // 12 bytes each, for those numbers
  char* owner_text = nullptr;
  char* boxes_text = nullptr;
  char* keep_text = nullptr;

  std::array<int, 3> locks{-1, -1, -1};  // that pid 1 keeps open
  // Where the box may take pid 1's descriptors: the directory that a lock is of, LOCK_SH, for pid 1
  // to hold another way; null for what is no directory.
  std::array<const char*, 3> lock_directories{};
  int socket = -1;  // the child's end
  int peer = -1;    // the launcher's, which the child must not keep
  bool pid1_forgets =
      true;  // pid 1 holds the runtime directory, to remove the FIFO when nobody else can

  bool leaves = false;  // what it writes is removed by others, and its entry tells them

  // One time a step, CLOCK_MONOTONIC in nanoseconds, for --timings and --verbose; null where not
  // asked.
  std::int64_t* operation_times = nullptr;  // `count` of them: when each was done
  std::int64_t* phase_times = nullptr;      // kPhases of them
};

enum Phase { kBegun, kMapped, kOwned, kMounted, kEntered, kConfined, kPhases };

}  // namespace devbox::launch
