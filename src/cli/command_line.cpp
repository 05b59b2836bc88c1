#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>
#include <string_view>

#include "cli/box_options.hpp"
#include "cli/box_verbs.hpp"
#include "cli/build_verb.hpp"
#include "cli/editor_verbs.hpp"
#include "cli/elsewhere.hpp"
#include "cli/image_verbs.hpp"
#include "cli/parser.hpp"
#include "cli/root_verbs.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::cli {
namespace {

// One verb: how it is told to people, how its options are registered, and what they make.
struct Verb {
  const char* name;
  const char* summary;
  // Registers the options; the function that it returns is called after parsing, with what followed
  // "--".
  std::function<Finish(const Parser&)> prepare;
};

template <class Kind>
Finish prepare_box(const Parser& parser) {
  auto verb = std::make_shared<Kind>();
  auto words = std::make_shared<BoxWords>();
  add_box_options(parser, verb->box, *words);
  if constexpr (std::is_same_v<Kind, PlanVerb>) {
    add_flag(parser, "--json", verb->json, "As JSON");
  } else {
    add_start_options(parser, verb->box, *words);
  }
  if constexpr (requires { verb->task; }) add_task(parser, verb->task);
  if constexpr (requires { verb->lsp; })
    add_flag(parser, "--lsp", verb->lsp, "The command is an editor's language server");
  return [verb, words](const Words& command) -> Invocation {
    finish(verb->box, *words);
    if constexpr (requires { verb->lsp; }) {
      if (verb->lsp && !verb->task.empty())
        wrong("--lsp and --task exclude each other", "devbox run --lsp -- SERVER [ARGUMENT…]");
    }
    verb->box.command = command;
    return *verb;
  };
}

template <class Kind>
Finish prepare_profile(const Parser& parser) {
  auto verb = std::make_shared<Kind>();
  if constexpr (requires { verb->profile; }) add_profile(parser, verb->profile);
  if constexpr (requires { verb->update; })
    add_flag(parser, "--update", verb->update, "Pin what there is now, and say what has moved");
  if constexpr (requires { verb->exit_code; })
    add_flag(parser, "--exit-code", verb->exit_code, "Status 1 where something has moved");
  if constexpr (requires { verb->json; }) add_flag(parser, "--json", verb->json, "As JSON");
  if constexpr (requires { verb->locked; }) add_flag(parser, "--locked", verb->locked, kLockedText);
  if constexpr (requires { verb->quiet; })
    add_flag(parser, "--quiet", verb->quiet, "Say nothing of how far it is");
  return [verb](const Words&) -> Invocation {
    if constexpr (requires { verb->update; }) {
      if (verb->update && verb->locked)
        wrong("--update and --locked exclude each other", "`devbox outdated` says what has moved");
    }
    return *verb;
  };
}

Finish prepare_init(const Parser& parser) {
  auto verb = std::make_shared<Init>();
  parser.app.add_option("TEMPLATE", verb->template_name,
                        "host (the default), debian, image or rootfs");
  return [verb](const Words&) -> Invocation { return *verb; };
}

Finish prepare_doctor(const Parser& parser) {
  auto verb = std::make_shared<Doctor>();
  add_profile(parser, verb->profile, "Only what this profile needs: a name, or a path");
  add_flag(parser, "--json", verb->json, "As JSON");
  add_flag(parser, "--fix-script", verb->fix_script,
           "The commands of the fixes, as a script for sh");
  return [verb](const Words&) -> Invocation {
    if (verb->json && verb->fix_script) wrong("--json and --fix-script exclude each other");
    return *verb;
  };
}

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> kVerbs = {
      {"enter", "an interactive shell in the box", prepare_box<Enter>},
      {"run", "one command in the box: devbox run [PROFILE] -- COMMAND [ARGUMENT…]",
       prepare_box<Run>},
      {"plan", "everything that enter, or run with -- COMMAND, would do; nothing is done",
       prepare_box<PlanVerb>},
      {"build", "a task of the project, hermetically; --check builds again and compares",
       prepare_build},
      {"tasks", "the tasks of a profile", prepare_profile<Tasks>},
      {"init", "write a first devbox.toml here", prepare_init},
      {"lock", "pin what a profile's image stands for, in a lock file beside it",
       prepare_profile<Lock>},
      {"outdated", "what has moved since a profile's image was locked", prepare_profile<Outdated>},
      {"pull", "make or unpack the image that a profile pins", prepare_profile<Pull>},
      {"image ls", "the images that are unpacked", prepare_profile<ImageList>},
      {"image import", "unpack an archive of a root filesystem, and print the digest that pins it",
       prepare_import},
      {"image export", "write an image as an OCI layout, an archive of one, or a plain tar",
       prepare_export<ImageExport>},
      {"image push", "send an image to a registry, but for what that has already",
       prepare_export<ImagePush>},
      {"image rm", "remove images from the store", prepare_remove},
      {"image verify", "compare images with what was unpacked, and mend them", prepare_verify},
      {"image du", "how much disk the images take, and what they share",
       prepare_profile<ImageUsage>},
      {"image gc", "remove what nothing needs, and old images", prepare_collect},
      {"profile ls", "the profiles that have names", prepare_profile<ProfileList>},
      {"profile show", "a profile with its bases, and what it asks beyond its project",
       prepare_profile<ProfileShow>},
      {"profile schema", "the JSON Schema of the format, for editors",
       prepare_profile<ProfileSchema>},
      {"profile trust", "allow what a project's profile asks beyond its project",
       prepare_profile<ProfileTrust>},
      {"profile untrust", "take that back", prepare_profile<ProfileUntrust>},
      {"exec", "one more command in a box that runs: devbox exec BOX -- COMMAND [ARGUMENT…]",
       prepare_exec},
      {"ps", "the boxes that run", prepare_ps},
      {"stop", "end boxes that run", prepare_stop},
      {"stats", "what the running boxes use, once a second", prepare_stats},
      {"limit", "change the limits of a running box", prepare_limit},
      {"box diff", "what a persistent root holds beyond its image", prepare_box_diff},
      {"box reset", "throw a persistent root away, or what it has at some paths",
       prepare_box_reset},
      {"box commit", "make a persistent root an image, and have the lock file pin it",
       prepare_box_commit},
      {"box ls", "the persistent roots that there are", prepare_profile<BoxList>},
      {"shims", "programs on the host that run in the box, for IDEs and PATH", prepare_shims},
      {"editor", "the settings of an editor, printed, or merged into its file", prepare_editor},
      {"shellenv", "what a shell is to export, for direnv: the shims on its PATH",
       prepare_shellenv},
      {"doctor", "what this host allows, what is missing, and what mends it", prepare_doctor},
  };
  return kVerbs;
}

std::string usage() {
  std::string text =
      "Usage: devbox VERB [OPTION…]\n\nA pinned toolchain in a few milliseconds.\n\n";
  for (const Verb& verb : verbs()) text += fmt::format("  {:<16} {}\n", verb.name, verb.summary);
  return text +
         "\ndevbox VERB --help says more; devbox --version prints the version; devbox(1) says it "
         "all.\n";
}

const Verb* find_verb(const std::string& name) {
  const auto found = std::find_if(verbs().begin(), verbs().end(),
                                  [&](const Verb& verb) { return verb.name == name; });
  return found == verbs().end() ? nullptr : &*found;
}

[[noreturn]] void unknown_verb(const std::string& name) {
  std::vector<std::string> known;
  for (const Verb& verb : verbs()) known.emplace_back(verb.name);
  const std::string meant = nearest(name, known);
  const std::string_view instead = instead_of_verb(name);
  wrong(fmt::format("there is no verb `{}`", printable(name)),
        !instead.empty() ? std::string(instead)
        : meant.empty()  ? "`devbox --help` lists the verbs"
                         : fmt::format("did you mean `devbox {}`?", meant));
}

[[noreturn]] void no_second_word(const std::string& name) {
  if (name == "profile")
    wrong("profile wants one of ls, show, trust and untrust",
          "`devbox profile ls` lists the profiles");
  if (name == "box")
    wrong("box wants one of diff, reset, commit and ls",
          "`devbox box ls` lists the persistent roots");
  wrong("image wants one of ls, import, export, push, rm, verify, du and gc",
        "`devbox image ls` lists the images");
}

bool asks_for_help(const Words& words) {
  return std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return word == "--help" || word == "-h"; });
}

bool names_task(const Words& words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "--task" || word.starts_with("--task=");
  });
}

// The first word that is neither an option of `app` nor the value of one.
Words::const_iterator first_argument(const CLI::App& app, const Words& words) {
  auto word = words.begin();
  while (word != words.end() && word->starts_with("-")) {
    const std::size_t equals = word->find('=');
    const CLI::Option* option = app.get_option_no_throw(word->substr(0, equals));
    if (option == nullptr) break;
    const bool takes_next = option->get_items_expected_max() > 0 && equals == std::string::npos;
    word += takes_next && word + 1 != words.end() ? 2 : 1;
  }
  return word;
}

// `run` or `exec` without "--": what follows its own options are the command's words, options
// included.
[[noreturn]] void no_separator(const CLI::App& app, const std::string& verb, const Words& words) {
  auto begin = first_argument(app, words);
  const bool is_exec = verb == "exec";
  if (is_exec && begin != words.end() && !begin->starts_with("-")) ++begin;  // BOX
  const bool is_unknown = begin != words.end() && begin->starts_with("-");
  const std::string_view instead = is_unknown ? instead_of_option(*begin) : std::string_view();
  if (is_unknown && instead.empty())
    wrong(fmt::format("{} wants its command after `--`", verb),
          fmt::format("devbox {} [OPTION…] {} -- COMMAND [ARGUMENT…]", verb,
                      is_exec ? "BOX" : "[PROFILE]"));
  if (is_unknown)
    wrong(fmt::format("there is no option {}", printable(*begin)), std::string(instead));
  Words meant = {"devbox", verb};
  meant.insert(meant.end(), words.begin(), begin);
  meant.emplace_back("--");
  meant.insert(meant.end(), begin, words.end());
  if (begin == words.end()) meant.emplace_back("COMMAND");
  wrong(fmt::format("{} wants its command after `--`", verb),
        fmt::format("did you mean `{}`?", command_text(meant)));
}

// What CLI11 says, and what to type instead of an option of another tool.
[[noreturn]] void wrong_options(const char* verb, const Words& words, const char* said) {
  for (const std::string& word : words) {
    if (const std::string_view instead = instead_of_option(word); !instead.empty())
      wrong(fmt::format("there is no option {}", printable(word)), std::string(instead));
  }
  wrong(printable(said), fmt::format("`devbox {} --help` lists the options", verb));
}

Invocation parse_verb(const Verb& verb, Words words) {
  const auto separator = std::find(words.begin(), words.end(), "--");
  const bool separated = separator != words.end();
  Words command;
  if (separated) {
    command.assign(separator + 1, words.end());
    words.erase(separator, words.end());
  }
  const std::string name = verb.name;
  const bool takes_command = name == "run" || name == "plan" || name == "exec";
  if (separated && !takes_command) {
    wrong(fmt::format("`devbox {}` takes no command", name),
          name == "enter" ? "did you mean `devbox run --`?" : "");
  }
  const bool wants_command = name == "exec" || (name == "run" && !names_task(words));
  if (wants_command && separated && command.empty())
    wrong("there is no command after `--`",
          fmt::format("devbox {} -- COMMAND [ARGUMENT…]", name == "exec" ? "exec BOX" : name));
  CLI::App app(verb.summary, "devbox " + name);
  const auto make = verb.prepare({app, &words});
  if (wants_command && !separated && !asks_for_help(words)) no_separator(app, name, words);
  Words reversed(words.rbegin(), words.rend());  // CLI11 takes them from the back
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return Print{app.help()};
  } catch (const CLI::ParseError& error) {
    wrong_options(verb.name, words, error.what());
  }
  return make(std::move(command));
}

// Written by the launcher and the waiter: init/protocol.hpp.
Ended parse_ended(const Words& words) {
  constexpr std::size_t kWords = 7;
  if (words.size() != kWords) wrong(fmt::format("{} is for devbox itself", kEndedWord));
  Ended ended;
  ended.stats = stats_of(words[1]);
  ended.runtime = words[2];
  ended.id = words[3];
  ended.felt = words[4];
  ended.how = words[5];
  std::from_chars(words[6].data(), words[6].data() + words[6].size(), ended.value);
  return ended;
}

}  // namespace

std::string version() { return DEVBOX_VERSION; }

Invocation parse(int argc, const char* const* argv) {
  Words words(argv + std::min(argc, 1), argv + argc);
  if (words.empty())
    wrong("no verb", "`devbox --help` lists the verbs; `devbox enter` opens a shell");
  if (words[0] == "help" && words.size() > 1) {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") return Print{usage()};
  if (words[0] == kSweepWord) return Sweep{words.size() > 1 ? words[1] : ""};
  if (words[0] == kEndedWord) return parse_ended(words);
  if (words[0] == kShimWord && words.size() > 1)
    return ShimCall{words[1], {words.begin() + 2, words.end()}};
  if (words[0] == "--version") return Print{"devbox " DEVBOX_VERSION "\n"};
  std::string name = words[0];
  words.erase(words.begin());
  if (name == "profile" || name == "image" || name == "box") {
    if (words.empty() || words[0].starts_with("-")) no_second_word(name);
    name += " " + words[0];
    words.erase(words.begin());
  }
  const Verb* verb = find_verb(name);
  if (verb == nullptr) unknown_verb(name);
  return parse_verb(*verb, std::move(words));
}

bool runs_a_command(int argc, const char* const* argv) {
  const std::string_view verb = argc > 1 ? argv[1] : "";
  return verb == "run" || verb == "enter" || verb == "exec" || verb == kShimWord;
}

std::vector<VerbOptions> all_options() {
  std::vector<VerbOptions> all;
  for (const Verb& verb : verbs()) {
    CLI::App app;
    const auto make = verb.prepare({app, nullptr});
    VerbOptions entry{verb.name, {}};
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_snames()) entry.options.push_back("-" + name);
      for (const std::string& name : option->get_lnames()) entry.options.push_back("--" + name);
    }
    all.push_back(std::move(entry));
  }
  return all;
}

}  // namespace devbox::cli
