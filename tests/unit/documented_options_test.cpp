// The manual pages and the completions against what the program knows: every verb, every option and
// every key of a profile is in them. That a completion offers an option for the right verb, the
// shells themselves say in e2e/completions.sh.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
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

// troff's text without its fonts and escaped hyphens: "\fB\-p\fP" is "-p".
std::string plain(const std::string& troff) {
  std::string text;
  for (std::size_t i = 0; i < troff.size(); ++i) {
    const std::string_view rest = std::string_view(troff).substr(i);
    if (rest.starts_with("\\f")) {
      i += 2;
    } else if (rest.starts_with("\\-")) {
      text += troff[++i];
    } else {
      text += troff[i];
    }
  }
  return text;
}

// The tags of a manual page's paragraphs (man(7), "TP"): what it explains, and not what it
// mentions.
Words tags(const std::string& page) {
  Words found;
  bool after_tp = false;
  std::istringstream lines(plain(page));
  for (std::string line; std::getline(lines, line);) {
    if (after_tp) found.push_back(line);
    after_tp = line == ".TP";
  }
  return found;
}

bool offered(const std::string& completion, const std::string& word) {
  return has_word(completion, word);
}

// complete(1) of fish has "-l json" for --json and "-s h" for -h.
bool offered_in_fish(const std::string& completion, const std::string& word) {
  if (word.starts_with("--")) return has_word(completion, fmt::format("-l {}", word.substr(2)));
  if (word.starts_with("-")) return has_word(completion, fmt::format("-s {}", word.substr(1)));
  return has_word(completion, word);
}

bool explained(const std::string& page, const std::string& word) {
  const Words all = tags(page);
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& tag) { return has_word(tag, word); });
}

using Finds = bool (*)(const std::string& text, const std::string& word);

// What `text` lacks of the verbs and options: "run, run --cwd".
std::string lacks(const std::vector<cli::VerbOptions>& all, const std::string& text, Finds finds) {
  Words lacking;
  for (const cli::VerbOptions& one : all) {
    // "profile ls" is two words where one is completed after the other.
    const std::string last = one.verb.substr(one.verb.rfind(' ') + 1);
    if (!finds(text, finds == explained ? fmt::format("devbox {}", one.verb) : last))
      lacking.push_back(one.verb);
    for (const std::string& option : one.options) {
      if (!finds(text, option)) lacking.push_back(fmt::format("{} {}", one.verb, option));
    }
  }
  return fmt::format("{}", fmt::join(lacking, ", "));
}

std::string lacks(const Words& keys, const std::string& page) {
  Words lacking;
  const Words all = tags(page);
  for (const std::string& key : keys) {
    if (std::find(all.begin(), all.end(), fmt::format(".B {}", key)) == all.end())
      lacking.push_back(key);
  }
  return fmt::format("{}", fmt::join(lacking, ", "));
}

TEST_CASE("devbox(1) explains every verb and every option") {
  CHECK(lacks(cli::all_options(), read("man/devbox.1"), explained) == "");
}

TEST_CASE("devbox.toml(5) explains every key") {
  CHECK(lacks(profile::known_keys(), read("man/devbox.toml.5")) == "");
}

TEST_CASE("bash completes every verb and every option") {
  CHECK(lacks(cli::all_options(), read("completions/devbox.bash"), offered) == "");
}

TEST_CASE("zsh completes every verb and every option") {
  CHECK(lacks(cli::all_options(), read("completions/_devbox"), offered) == "");
}

TEST_CASE("fish completes every verb and every option") {
  CHECK(lacks(cli::all_options(), read("completions/devbox.fish"), offered_in_fish) == "");
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

TEST_CASE("plan, which starts nothing, has no option about a start") {
  for (const cli::VerbOptions& one : cli::all_options()) {
    const bool starts = one.verb == "run" || one.verb == "enter";
    if (!starts && one.verb != "plan") continue;
    for (const char* option : {"--timings", "--verbose"}) {
      const bool has =
          std::find(one.options.begin(), one.options.end(), option) != one.options.end();
      CHECK_MESSAGE(has == starts, one.verb << " " << option);
    }
  }
}

TEST_CASE("an option that a completion lacks is found to be missing") {
  CHECK(lacks(kSome, "run) -p --root ;; ls) --json", offered) == "");
  CHECK(lacks(kSome, "run) -p --rootfs ;; ls) x--json", offered) ==
        "run --root, profile ls --json");
  CHECK(lacks(kSome, "rune) -p --root ;; --json", offered) == "run, profile ls");
}

TEST_CASE("an option that fish lacks is found to be missing") {
  CHECK(lacks(kSome, "-a run -a ls -s p -l root -l json", offered_in_fish) == "");
  CHECK(lacks(kSome, "-a run -a ls -l p -s root --json", offered_in_fish) ==
        "run -p, run --root, profile ls --json");
}

TEST_CASE("an option that a manual page mentions and does not explain is found to be missing") {
  const std::string page =
      ".TP\n.B devbox run\n.TP\n.B devbox profile ls\n.TP\n\\fB\\-p\\fP, \\fIX\\fP\n"
      ".TP\n.B \\-\\-root\nbeside\n.B \\-\\-json\n";
  CHECK(lacks(kSome, page, explained) == "profile ls --json");
  CHECK(lacks(kSome, page + ".TP\n.BR \\-\\-json \" \" -\n", explained) == "");
}

TEST_CASE("a key that a manual page mentions and does not explain is found to be missing") {
  CHECK(lacks(Words{"image.source", "image.root"}, ".TP\n.B image.source\nsee\n.B image.root\n") ==
        "image.root");
  CHECK(lacks(Words{"image.source"}, ".TP\n.B image.sources\n") == "image.source");
}

}  // namespace
}  // namespace devbox
