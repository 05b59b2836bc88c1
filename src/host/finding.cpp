#include "host/finding.hpp"

#include <algorithm>

namespace devbox::host {
namespace {

struct Words {
  Feature feature;
  std::string_view key;
  std::string_view text;
};
constexpr Words kWords[] = {
    {Feature::box, "box", "every box"},
    {Feature::filter, "filter", "the system call filter (`security.seccomp`)"},
    {Feature::private_home, "private_home", "private homes, and what is trusted"},
    {Feature::overlay, "overlay", "trees whose directories lack a name that a box mounts on"},
    {Feature::writable, "writable",
     "writable roots (`image.root`), and `workspace.mode = \"overlay\"`"},
    {Feature::no_network, "no_network", "`network.mode = \"none\"`"},
    {Feature::subordinate_ids, "subordinate_ids",
     "`ids.map = \"subids\"`, and trees that carry such ids"},
    {Feature::high_ids, "high_ids",
     "files of high ids, as nobody's (65534), with `ids.map = \"subids\"`"},
    {Feature::remote_ids, "remote_ids", "files of other ids there, with `ids.map = \"subids\"`"},
    {Feature::home_programs, "home_programs", "programs that are kept in private homes"},
    {Feature::speed, "speed", "nothing: older ways do the same, more slowly"},
    {Feature::terminal, "terminal", "full-screen programs in boxes (`integrations.terminfo`)"},
    {Feature::locale, "locale", "your language and its characters, outside and inside"},
    {Feature::accounts, "accounts", "users and ranges that a directory server knows"},
    {Feature::trees, "trees", "making a Debian tree to enter"},
    {Feature::images, "images", "the store of images"},
    {Feature::limits, "limits", "`limits`, which are not supported yet"},
};

const Words& words_of(Feature feature) {
  const auto* found = std::find_if(std::begin(kWords), std::end(kWords),
                                   [&](const Words& words) { return words.feature == feature; });
  return found == std::end(kWords) ? kWords[0] : *found;
}

}  // namespace

std::string_view key_of(Feature feature) { return words_of(feature).key; }
std::string_view text_of(Feature feature) { return words_of(feature).text; }

std::string_view text_of(State state) {
  switch (state) {
    case State::ok:
      return "ok";
    case State::missing:
      return "missing";
    case State::broken:
      return "broken";
  }
  return "";
}

std::string_view text_of(Section section) {
  switch (section) {
    case Section::program:
      return "programs";
    case Section::profile:
      return "profile";
    case Section::kernel:
      return "kernel";
    case Section::namespaces:
      return "namespaces and mounts";
    case Section::ids:
      return "subordinate ids";
    case Section::storage:
      return "directories";
    case Section::surroundings:
      return "terminal and language";
    case Section::limits:
      return "limits";
  }
  return "";
}

std::set<Feature> usual_needs() { return {Feature::box, Feature::filter, Feature::private_home}; }

bool works(std::span<const Finding> findings, const std::set<Feature>& needs) {
  return std::none_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.state != State::ok && needs.contains(finding.feature);
  });
}

}  // namespace devbox::host
