// Images that a profile pins, and the store that has them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "commands/prepare.hpp"
#include "commands/progress.hpp"
#include "host/probe.hpp"
#include "store/import.hpp"
#include "store/inventory.hpp"
#include "store/usage.hpp"

namespace devbox::commands {

store::Pinned store_of(const host::Host& host);

// That of trees whose files have real owners.
store::Pinned owned_store_of(const host::Host& host);

// Both, as one list of trees: first those of the one, then those of the other.
class Stores {
 public:
  explicit Stores(const host::Host& host) : both_{store_of(host), owned_store_of(host)} {}
  const std::array<store::Pinned, 2>& both() const { return both_; }
  const store::Pinned& of(const store::StoredTree& tree) const {
    return both_[tree.owners ? 1 : 0];
  }
  std::vector<store::StoredTree> inventory() const;
  store::Usage usage(const std::vector<store::StoredTree>& trees) const;  // of an inventory
  std::uint64_t sweep() const;  // store::sweep: how many files

 private:
  std::array<store::Pinned, 2> both_;
};

// As store::import_archive; says on standard error how far it is, where that is a terminal, and
// what differs from what the archive says.
store::Imported import(const store::Pinned& store, const host::Installation& installation,
                       const std::string& file, const std::string& expected,
                       Telling telling = Telling::progress);

// Says on standard error what differs from what the image says.
void say_notes(const store::Imported& imported);

std::string toml_string(const std::string& text);  // a basic string (TOML 1.0, "String")

}  // namespace devbox::commands
