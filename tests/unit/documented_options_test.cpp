// The manual pages and the completions against what the program knows: every verb, every option and
// every key of a profile is in them. That a completion offers an option for the right verb, the
// shells themselves say in e2e/completions.sh.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.hpp"
#include "profile/load.hpp"

namespace devbox {
namespace {

using Words = std::vector<std::string>;

std::string read(const std::string& path) {
  std::ifstream file(std::string(DEVBOX_SOURCE_DIR) + "/" + path);
  REQUIRE_MESSAGE(file.good(), path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool is_part_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// `word` with nothing beside it that would make it another: "--root" is not in "--rootfs".
bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_part_of_word(text[at - 1]);
    if (begins && (end == text.size() || !is_part_of_word(text[end]))) return true;
  }
  return false;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// The tags of a manual page's paragraphs (man(7), "TP"), one a line: what it explains, and not what
// it mentions.
std::string tags(std::string page) {
  for (const char* font : {"\\fB", "\\fI", "\\fR", "\\fP"}) replace_all(page, font, "");
  replace_all(page, "\\-", "-");
  std::string found;
  bool after_tp = false;
  for (std::size_t begin = 0; begin < page.size();) {
    const std::size_t end = std::min(page.find('\n', begin), page.size());
    const std::string line = page.substr(begin, end - begin);
    if (after_tp) found += line + "\n";
    after_tp = line == ".TP";
    begin = end + 1;
  }
  return found;
}

bool offered(const std::string& completion, const std::string& word) {
  return has_word(completion, word);
}

// complete(1) of fish has "-l json" for --json and "-s h" for -h.
bool offered_in_fish(const std::string& completion, const std::string& word) {
  if (word.starts_with("--")) return has_word(completion, "-l " + word.substr(2));
  if (word.starts_with("-")) return has_word(completion, "-s " + word.substr(1));
  return has_word(completion, word);
}

bool explained(const std::string& page, const std::string& word) {
  return has_word(tags(page), word);
}

using Finds = bool (*)(const std::string& text, const std::string& word);

// What `text` lacks of the verbs and options: "run", "run --cwd".
Words lacks(const std::vector<cli::VerbOptions>& all, const std::string& text, Finds finds) {
  Words lacking;
  for (const cli::VerbOptions& one : all) {
    // "profile ls" is two words where one is completed after the other.
    const std::string last = one.verb.substr(one.verb.rfind(' ') + 1);
    if (!finds(text, finds == explained ? "devbox " + one.verb : last)) lacking.push_back(one.verb);
    for (const std::string& option : one.options) {
      if (!finds(text, option)) lacking.push_back(one.verb + " " + option);
    }
  }
  return lacking;
}

Words lacks(const Words& keys, const std::string& page) {
  Words lacking;
  const std::string explained_keys = "\n" + tags(page);
  for (const std::string& key : keys) {
    if (explained_keys.find("\n.B " + key + "\n") == std::string::npos) lacking.push_back(key);
  }
  return lacking;
}

const Words kNothing;

TEST_CASE("devbox(1) explains every verb and every option") {
  CHECK(lacks(cli::all_options(), read("man/devbox.1"), explained) == kNothing);
}

TEST_CASE("devbox.toml(5) explains every key") {
  CHECK(lacks(profile::known_keys(), read("man/devbox.toml.5")) == kNothing);
}

TEST_CASE("bash completes every verb and every option") {
  CHECK(lacks(cli::all_options(), read("completions/devbox.bash"), offered) == kNothing);
}

TEST_CASE("zsh completes every verb and every option") {
  CHECK(lacks(cli::all_options(), read("completions/_devbox"), offered) == kNothing);
}

TEST_CASE("fish completes every verb and every option") {
  CHECK(lacks(cli::all_options(), read("completions/devbox.fish"), offered_in_fish) == kNothing);
}

// The checks above, on texts that lack something.

const std::vector<cli::VerbOptions> kSome = {{"run", {"-p", "--root"}}, {"profile ls", {"--json"}}};

TEST_CASE("the program knows verbs and options to look for") {
  const auto all = cli::all_options();
  const auto run = std::find_if(all.begin(), all.end(),
                                [](const cli::VerbOptions& one) { return one.verb == "run"; });
  REQUIRE(run != all.end());
  CHECK(std::find(run->options.begin(), run->options.end(), "--cwd") != run->options.end());
  CHECK(profile::known_keys().size() > 50);
}

TEST_CASE("an option that a completion lacks is found to be missing") {
  CHECK(lacks(kSome, "run) -p --root ;; ls) --json", offered) == kNothing);
  CHECK(lacks(kSome, "run) -p --rootfs ;; ls) x--json", offered) ==
        Words{"run --root", "profile ls --json"});
  CHECK(lacks(kSome, "rune) -p --root ;; --json", offered) == Words{"run", "profile ls"});
}

TEST_CASE("an option that fish lacks is found to be missing") {
  CHECK(lacks(kSome, "-a run -a ls -s p -l root -l json", offered_in_fish) == kNothing);
  CHECK(lacks(kSome, "-a run -a ls -l p -s root --json", offered_in_fish) ==
        Words{"run -p", "run --root", "profile ls --json"});
}

TEST_CASE("an option that a manual page mentions and does not explain is found to be missing") {
  const std::string page =
      ".TP\n.B devbox run\n.TP\n.B devbox profile ls\n.TP\n\\fB\\-p\\fP, \\fIX\\fP\n"
      ".TP\n.B \\-\\-root\nbeside\n.B \\-\\-json\n";
  CHECK(lacks(kSome, page, explained) == Words{"profile ls --json"});
  CHECK(lacks(kSome, page + ".TP\n.BR \\-\\-json \" \" -\n", explained) == kNothing);
}

TEST_CASE("a key that a manual page mentions and does not explain is found to be missing") {
  CHECK(lacks(Words{"image.source", "image.root"}, ".TP\n.B image.source\nsee\n.B image.root\n") ==
        Words{"image.root"});
  CHECK(lacks(Words{"image.source"}, ".TP\n.B image.sources\n") == Words{"image.source"});
}

}  // namespace
}  // namespace devbox
