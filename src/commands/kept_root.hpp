// Persistent roots, by the profiles that they belong to: what the verbs of `devbox box` share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "commands/prepare.hpp"
#include "store/roots.hpp"
#include "store/written.hpp"

namespace devbox::commands {

// Where all of them are, and where what is thrown away goes.
std::string roots_directory(const host::Host& host);
std::string scratch_directory(const host::Host& host);

// All that this profile has, whatever tree they are on; `profile` as resolve() has it.
std::vector<store::StoredRoot> roots_of(const Subject& subject);

// A profile whose root is persistent, with its image. Throws Error where it is another, or the
// image is not in the store.
Subject persistent(const std::string& profile);
void require_persistent(const Subject& subject);

// The root that it has on the image of now, begun or not; and the one whose key begins so, which
// may be on an older tree. Throws Error where there is none.
store::StoredRoot current_root(const Subject& subject);
store::StoredRoot root_with_key(const Subject& subject, const std::string& key);

// Whether a box has ever written there.
bool is_begun(const store::StoredRoot& root);

// What is written in it, over what; Error where the tree below is gone. `generated` is left empty.
store::WrittenRoot written_in(const Subject& subject, const store::StoredRoot& root);

// What devbox itself shows below what a box of this profile writes, without the options that it may
// be started with; where that cannot be told, a note is said.
Json generated_in(const Subject& subject);

void say(const std::string& line);  // on standard error

}  // namespace devbox::commands
