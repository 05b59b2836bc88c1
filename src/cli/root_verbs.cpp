#include "cli/root_verbs.hpp"

#include <fmt/format.h>

#include <memory>

#include "cli/box_options.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::cli {
namespace {

constexpr const char* kPathsText =
    "Only these paths of the box, which begin with /, and what is below them";

// "[PROFILE] [PATH…]": what begins with a slash is a path of the box, unless it is a profile by its
// name.
void add_profile_and_paths(const Parser& parser, std::string& profile, Words& words) {
  if (parser.wants("-p") || parser.wants("--profile")) {
    parser.app.add_option("-p,--profile", profile,
                          "The profile: a name, or a path (default: the nearest devbox.toml)");
  }
  parser.app.add_option("PROFILE", words, std::string("The same, and PATH…: ") + kPathsText);
}

bool is_path(const std::string& word) { return word.starts_with('/') && !word.ends_with(".toml"); }

void sort_words(const Words& words, std::string& profile, Words& paths) {
  for (const std::string& word : words) {
    if (is_path(word)) {
      paths.push_back(path::normal(word));
    } else if (profile.empty()) {
      profile = word;
    } else {
      wrong(fmt::format("{} is no path of the box: it does not begin with /", printable(word)),
            fmt::format("the profile is {}", printable(profile)));
    }
  }
}

}  // namespace

Finish prepare_box_diff(const Parser& parser) {
  auto verb = std::make_shared<BoxDiff>();
  auto words = std::make_shared<Words>();
  add_profile_and_paths(parser, verb->profile, *words);
  add_word(parser, "--key", verb->key, "The root whose key begins so, as `box ls` has it");
  add_flag(parser, "--json", verb->json, "As JSON");
  return [verb, words](const Words&) -> Invocation {
    sort_words(*words, verb->profile, verb->paths);
    return *verb;
  };
}

Finish prepare_box_reset(const Parser& parser) {
  auto verb = std::make_shared<BoxReset>();
  auto words = std::make_shared<Words>();
  add_profile_and_paths(parser, verb->profile, *words);
  add_flag(parser, "--old", verb->old, "Those on other trees than the profile has now");
  add_flag(parser, "--yes", verb->yes, "Do not ask");
  return [verb, words](const Words&) -> Invocation {
    sort_words(*words, verb->profile, verb->paths);
    if (verb->old && !verb->paths.empty())
      wrong("--old throws whole roots away: it takes no path",
            "`devbox box diff --key KEY` says what one holds");
    for (const std::string& path : verb->paths) {
      if (path == "/") wrong("the path / is all of it", "leave it out");
    }
    return *verb;
  };
}

Finish prepare_box_commit(const Parser& parser) {
  auto verb = std::make_shared<BoxCommit>();
  add_profile(parser, verb->profile);
  add_word(parser, "--as", verb->name, "What `image ls` calls it (default: the profile's name)");
  add_flag(parser, "--reset", verb->reset, "Throw away the root that it was made of");
  return [verb](const Words&) -> Invocation { return *verb; };
}

}  // namespace devbox::cli
