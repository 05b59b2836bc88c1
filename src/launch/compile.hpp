// A Plan as the operations that the child carries out.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "launch/program.hpp"
#include "plan/plan.hpp"

namespace devbox::launch {

// The directory of "upper" and "work" for each; empty where the plan has none.
struct UpperPaths {
  std::string root;
  std::string workspace;
  bool fresh = true;  // the root's
};

// Owns every byte that its operations point to.
class Operations {
 public:
  // `uppers`: where a plan that writes to its root or workspace does; launch/uppers.hpp.
  explicit Operations(const plan::Plan& plan, const UpperPaths& uppers = {});
  ~Operations() = default;
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  const std::vector<Operation>& list() const { return list_; }
  bool root_is_tree() const { return root_is_tree_; }
  bool root_is_writable() const { return root_is_writable_; }

  // What operation `index` mounts or makes, for messages: its source where there is one, and its
  // target.
  std::string subject(int index) const;

 private:
  struct Compiler;

  const char* keep(std::string text);
  Operation& add(Action action, std::string target);

  std::vector<Operation> list_;
  std::deque<std::string> strings_;  // a deque: what it holds never moves
  bool root_is_tree_ = false;
  bool root_is_writable_ = false;
};

}  // namespace devbox::launch
