// What `devbox doctor` found about one thing of this host.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::host {

// What of devbox something of the host touches.
enum class Feature {
  box,
  filter,
  private_home,
  overlay,
  writable,
  no_network,
  subordinate_ids,
  high_ids,
  remote_ids,
  home_programs,
  speed,
  terminal,
  locale,
  accounts,
  trees,
  images,
  limits,
};
std::string_view key_of(Feature feature);   // "private_home", for programs
std::string_view text_of(Feature feature);  // "private homes, and what is trusted", for people

enum class State { ok, missing, broken };
std::string_view text_of(State state);

enum class Section { program, profile, kernel, namespaces, ids, storage, surroundings, limits };
std::string_view text_of(Section section);

struct Finding {
  Section section = Section::kernel;
  std::string name;  // "user namespaces"
  State state = State::ok;
  std::string found;  // raw: what it is, or why it is not
  Feature feature = Feature::box;
  std::string fix;                    // raw; for people; empty where there is nothing to do
  std::vector<std::string> commands;  // the fix as lines of sh(1)
};

// What a box needs whose profile says nothing but `source = "host"`.
std::set<Feature> usual_needs();

// Whether nothing that is needed is missing or broken.
bool works(std::span<const Finding> findings, const std::set<Feature>& needs);

}  // namespace devbox::host
