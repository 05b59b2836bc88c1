// What the person has allowed a project's profile to reach. A grant covers exact bytes: the whole
// closure.
#pragma once

#include <string>
#include <vector>

#include "profile/profile.hpp"

namespace devbox::store {

// One digest over the paths and bytes of every file of the closure, in order, lengths included.
std::string closure_digest(const std::vector<profile::ClosureFile>& closure);

// Grants live in `directory` (the state directory's "trust", 0700), one file a profile path,
// written to a temporary name and renamed. A directory or file that belongs to another user is an
// Error.
class Trust {
 public:
  explicit Trust(std::string directory) : directory_(std::move(directory)) {}

  enum class Verdict { granted, changed, unknown };
  Verdict verdict(const std::string& profile_path, const std::string& digest) const;
  void grant(const std::string& profile_path, const std::string& digest) const;
  bool revoke(const std::string& profile_path) const;  // false where there was no grant

 private:
  std::string directory_;
};

}  // namespace devbox::store
