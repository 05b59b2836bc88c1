// The control group of one box (admin-guide/cgroup-v2.rst in the kernel's documentation): made,
// filled with what the plan says, and each value read back.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "host/helper.hpp"
#include "plan/limits.hpp"
#include "util/fd.hpp"

namespace devbox::launch {

// A group of our own is called so, and by the id of its box.
inline constexpr const char* kOwnPrefix = "devbox-";

class BoxGroup {
 public:
  // `name`: of the box. `scope`: devbox-scope. Makes a group of our own at once, so that the box
  // can be cloned into it. Throws Error.
  BoxGroup(const plan::Group& plan, const std::string& name, std::string scope);

  // A group that nobody came to live in goes again.
  ~BoxGroup();
  BoxGroup(const BoxGroup&) = delete;
  BoxGroup& operator=(const BoxGroup&) = delete;

  // Of a group of our own, for CLONE_INTO_CGROUP (clone(2)); borrowed; else -1.
  int descriptor() const { return made_by_us_ ? directory_.get() : -1; }

  // The box's process is there, and was not cloned into the group: it is moved there, or a scope is
  // made around it, and filled. What does not hold is in `unmet` afterwards. `description` is what
  // systemctl(1) shows.
  void take(pid_t pid, const std::string& description);

  const std::vector<plan::Unmet>& unmet() const { return unmet_; }
  bool holds(std::string_view file) const;           // whether that value has taken
  const std::string& path() const { return path_; }  // empty: there is none
  const std::string& unit() const { return unit_; }  // of systemd; empty: none
  void keep() { kept_ = true; }                      // it is the box's from now on

 private:
  void make_own();
  std::vector<std::string> scope_words(pid_t pid, const std::string& description) const;
  void open_scope(const host::Helped& helped);
  void no_scope(std::string why, std::string fix);
  void fill();

  const plan::Group& plan_;
  std::string scope_;
  std::string unit_;
  std::string path_;
  Fd directory_;
  bool made_by_us_ = false;
  bool kept_ = false;
  std::vector<plan::Unmet> unmet_;
  std::vector<std::string> held_;  // files whose value has taken
};

// What devbox-scope said, in a sentence, and what to do. `directory`: where the manager listens.
std::pair<std::string, std::string> why_no_scope(const host::Helped& helped,
                                                 const std::string& directory);

// Writes one value, where it is another, and reads it back; empty where it took, else why not.
// `group` is the directory.
std::string set_value(int group, const plan::GroupValue& value);

// Ends whatever is left in a group and removes it with all below it. True where it is gone.
bool remove_group(const std::string& path);

}  // namespace devbox::launch
