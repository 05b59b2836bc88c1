// What is known of each running box that has a control group: one small file beside its FIFO.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/json.hpp"

namespace devbox::launch {

// CLOCK_BOOTTIME in microseconds: what Record::begun is told in.
std::int64_t boot_time();

struct Record {
  std::string id;          // of the box: the name of its FIFO
  std::string name;        // for people
  std::string profile;     // the file
  std::string group;       // its directory in /sys/fs/cgroup
  std::string unit;        // of systemd; empty: a group of our own
  std::string manager;     // the directory that systemd listens in; empty as `unit`
  std::string command;     // its first word
  std::int64_t begun = 0;  // by boot_time()
  std::vector<std::pair<std::string, std::string>> limits;  // "limits.memory" and "2 GiB"

  // The limit's text; empty where there is none.
  std::string limit(std::string_view key) const;
};

class Records {
 public:
  // `runtime` is host::Directories::runtime. Nothing is made.
  explicit Records(const std::string& runtime);

  // Throws Error.
  void write(const Record& record) const;

  // Of the boxes that run, oldest first.
  std::vector<Record> running() const;
  std::optional<Record> find(const std::string& id) const;  // dead or alive

  // The ids of the boxes that run without a group; sorted.
  std::vector<std::string> without_group() const;

  void remove(const std::string& id) const;
  std::string path(const std::string& id) const;

  // Removes the groups and records of boxes that are gone. systemd removes its scopes itself.
  // `dead`: one that is gone, though its launcher is not; may be empty.
  void sweep(const std::string& dead = {}) const;
  void sweep_some() const;  // of the first few alone: what each start can afford

 private:
  void sweep_one(const std::string& id, const std::string& dead) const;
  bool runs(const std::string& id) const;
  std::vector<std::string> ids() const;

  std::string directory_;
  std::string boxes_;
};

}  // namespace devbox::launch
