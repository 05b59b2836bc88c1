#include "cli/build_verb.hpp"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <string_view>

#include "cli/box_options.hpp"
#include "cli/limit_options.hpp"
#include "util/text.hpp"

namespace devbox::cli {
namespace {

constexpr unsigned kMostBuilds = 100;

struct BuildWords {
  Words arguments;  // TASK, and the N of --check
  std::string check;
  LimitWords limits;
};

std::optional<unsigned> number_in(std::string_view text) {
  unsigned value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// `--check 3 app`, `--check=3 app`, `app --check`.
void finish_check(Build& verb, BuildWords& words) {
  if (words.check.empty()) return;
  verb.check = number_in(words.check);
  for (auto word = words.arguments.begin(); word != words.arguments.end(); ++word) {
    if (words.check != "2" || !number_in(*word)) continue;
    verb.check = number_in(*word);
    words.arguments.erase(word);
    break;
  }
  if (!verb.check || *verb.check < 2 || *verb.check > kMostBuilds) {
    wrong(
        fmt::format("--check {}: not a number from 2 to {}",
                    printable(verb.check ? std::to_string(*verb.check) : words.check), kMostBuilds),
        "`devbox build --check` builds twice");
  }
}

void require_sense(const Build& verb) {
  const bool varies = !verb.vary.empty() || !verb.no_vary.empty();
  if (varies && !verb.check) wrong("--vary and --no-vary are for --check", "devbox build --check");
  if (!verb.record.empty() && !verb.verify.empty())
    wrong("--record and --verify exclude each other");
  if (!verb.verify.empty() && verb.check) wrong("--check and --verify exclude each other");
  if (!verb.record.empty() && verb.check) {
    wrong("--check and --record exclude each other",
          "check first; what is reproducible is worth a record");
  }
  if (verb.json && !verb.check && verb.verify.empty())
    wrong("--json is for --check and --verify", "`--record FILE` writes what was built as JSON");
  if (verb.quiet && verb.verbose) wrong("--quiet and --verbose exclude each other");
}

}  // namespace

Finish prepare_build(const Parser& parser) {
  auto verb = std::make_shared<Build>();
  auto words = std::make_shared<BuildWords>();
  parser.app.add_option("TASK", words->arguments, "The task (default: the profile's only one)");
  if (parser.wants("-p") || parser.wants("--profile"))
    parser.app.add_option("-p,--profile", verb->profile,
                          "The profile: a name, or a path (default: the nearest devbox.toml)");
  if (parser.wants("--check"))
    parser.app
        .add_flag("--check{2}", words->check,
                  "Build twice, or N times, in varied surroundings, and compare")
        ->type_name("[N]");
  add_list(parser, "--vary", verb->vary, "Vary only this; may be given again");
  add_list(parser, "--no-vary", verb->no_vary, "Do not vary this; may be given again");
  add_word(parser, "--record", verb->record, "Write what went in and what came out to a file");
  add_word(parser, "--verify", verb->verify, "Build again what a file records, and compare");
  add_flag(parser, "--json", verb->json, "The verdict of --check or --verify as JSON");
  add_flag(parser, "--verbose", verb->verbose, "What the tasks say, as they say it");
  add_flag(parser, "--quiet", verb->quiet, "Say nothing of how far it is");
  add_flag(parser, "--trust", verb->trust,
           "Allow, this once, what the profile asks beyond its project");
  add_limit_options(parser, words->limits);
  return [verb, words](const Words&) -> Invocation {
    finish_check(*verb, *words);
    if (words->arguments.size() > 1)
      wrong(fmt::format("one task at a time: {} and {}", printable(words->arguments[0]),
                        printable(words->arguments[1])),
            "a task with `needs` stands for several");
    if (!words->arguments.empty()) verb->task = words->arguments[0];
    require_sense(*verb);
    verb->limits = parse_limits(words->limits);
    return *verb;
  };
}

}  // namespace devbox::cli
