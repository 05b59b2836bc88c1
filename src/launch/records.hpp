// What is known of each running box: one small file beside its FIFO.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "launch/confinement.hpp"
#include "launch/on_process.hpp"
#include "plan/plan.hpp"

namespace devbox::launch {

// CLOCK_BOOTTIME in microseconds: what Record::begun is told in.
std::int64_t boot_time();

// What every process gets that joins the box.
struct Joined {
  Confinement confinement;
  bool own_network = false;  // the box has a network namespace
  std::string rlimits;       // init/protocol.hpp, RLIMITS
  OnProcess process;
};

struct Record {
  std::string id;           // of the box: the name of its FIFO
  std::string name;         // for people
  std::string profile;      // the file
  std::string identity;     // plan::Plan::identity
  std::string fingerprint;  // Runtime::fingerprint
  std::string version;      // of the devbox that started it
  pid_t pid = -1;           // of its pid 1, as the host numbers it; -1: it is still starting
  bool kept = false;        // it stays until it is stopped
  bool persistent = false;  // it holds a persistent root
  bool leaves = false;      // somebody removes something at its end
  std::string source;       // of its workspace, on the host; empty: it has none
  std::string target;       // of that, inside
  std::string cwd;          // where its command began
  Joined joined;
  std::string group;       // its directory in /sys/fs/cgroup; empty: none
  std::string unit;        // of systemd; empty: a group of our own
  std::string manager;     // the directory that systemd listens in; empty as `unit`
  std::string command;     // its first word
  std::int64_t begun = 0;  // by boot_time()
  std::vector<std::pair<std::string, std::string>> limits;  // "limits.memory" and "2 GiB"

  // The limit's text; empty where there is none.
  std::string limit(std::string_view key) const;
};

// Whether the process that the record names is the box's pid 1 still, and not one that has got its
// number since.
bool is_alive(const Record& record);

// As the plan has it; what only the start knows is left out.
Record record_of(const plan::Plan& plan, const std::string& id);

// The bits of capabilities by name. Throws Error where this devbox does not know one.
std::uint64_t capability_bits(const std::vector<std::string>& names);

class Records {
 public:
  // `runtime` is host::Directories::runtime. Nothing is made.
  explicit Records(const std::string& runtime);

  // `env`: of the box, NAME=value. Throws Error.
  void write(const Record& record, const std::vector<std::string>& env) const;
  void change(const Record& record) const;  // the environment stays

  // Of the boxes that run, oldest first.
  std::vector<Record> running() const;

  // Of those the ones of that identity (plan::Plan::identity).
  std::vector<Record> running(const std::string& identity) const;
  std::optional<Record> find(const std::string& id) const;  // dead or alive

  // As it was written. Pid 1 has it too, but hides it (proc(5), /proc/PID/environ). Empty where
  // there is no record any more.
  std::vector<std::string> environment(const std::string& id) const;

  void remove(const std::string& id) const;
  std::string path(const std::string& id) const;

  // Removes the groups and records of boxes that are gone. systemd removes its scopes itself.
  // `dead`: one that is gone, though its launcher is not; may be empty.
  void sweep(const std::string& dead = {}) const;
  void sweep_some() const;  // of the first few alone: what each start can afford

 private:
  // Of a file: JSON on one line, then the environment, NUL bytes at the ends.
  std::string bytes(const std::string& id) const;
  void write_bytes(const std::string& id, const std::string& bytes) const;
  std::optional<Record> find(const std::string& id, const std::string& words) const;
  std::vector<Record> running_with(const std::string& words) const;
  void sweep_one(const std::string& id, const std::string& dead) const;
  bool runs(const std::string& id) const;
  std::vector<std::string> ids() const;

  std::string directory_;
  std::string boxes_;
};

}  // namespace devbox::launch
