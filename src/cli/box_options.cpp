#include "cli/box_options.hpp"

#include <fmt/format.h>

#include "cli/limit_options.hpp"
#include "util/text.hpp"

namespace devbox::cli {
namespace {

std::pair<std::string, std::string> parse_variable(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    wrong(fmt::format("--env {}: not of the form NAME=value", printable(text)),
          "`env.pass` in the profile lets a variable of yours through");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

Bind parse_bind(const std::string& text) {
  Words parts = split(text, ':');
  Bind bind;
  if (parts.size() == 3 && (parts[2] == "ro" || parts[2] == "rw")) {
    bind.writable = parts[2] == "rw";
    parts.pop_back();
  }
  if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) {
    wrong(fmt::format("--bind {}: not of the form SOURCE:TARGET or SOURCE:TARGET:ro",
                      printable(text)));
  }
  bind.source = parts[0];
  bind.target = parts[1];
  return bind;
}

}  // namespace

void add_profile(const Parser& parser, std::string& profile, const char* text) {
  CLI::Option* option = nullptr;
  if (parser.wants("-p") || parser.wants("--profile")) {
    option = parser.app.add_option("-p,--profile", profile, text);
  }
  CLI::Option* word = parser.app.add_option("PROFILE", profile, "The same");
  if (option != nullptr) word->excludes(option);
}

void add_command_options(const Parser& parser, std::string& cwd, std::vector<int>& pass_fds,
                         BoxWords& words) {
  add_word(parser, "--cwd", cwd, "Start in this directory of the box");
  add_list(parser, "--env", words.env, "Set a variable: NAME=value");
  add_list(parser, "--pass-fd", pass_fds, "Let an open descriptor through to the command");
}

void add_box_options(const Parser& parser, BoxOptions& box, BoxWords& words) {
  add_profile(parser, box.profile);
  add_command_options(parser, box.cwd, box.pass_fds, words);
  add_list(parser, "--bind", words.binds,
           "Show a path of the host: SOURCE:TARGET, or SOURCE:TARGET:ro");
  add_word(parser, "--network", box.network, "host, or none for loopback alone", {"host", "none"});
  add_word(parser, "--map", box.map, "The ids inside: auto, self, root or subids",
           {"auto", "self", "root", "subids"});
  add_word(parser, "--root", box.root, "Another root filesystem: host, or rootfs:DIR");
  add_flag(parser, "--trust", box.trust,
           "Allow, this once, what a project's profile asks beyond its project");
  add_flag(parser, "--locked", box.locked, kLockedText);
  add_limit_options(parser, words.limits);
}

void add_start_options(const Parser& parser, BoxOptions& box, BoxWords& words) {
  add_flag(parser, "--new", box.fresh, "A box of its own, also where one of the same runs");
  add_flag(parser, "--keep", box.keep, "The box stays, a new one, until `devbox stop`");
  add_flag(parser, "--timings", words.timings, "Say where the start spent its time");
  if (parser.wants("--stats"))
    parser.app
        .add_flag("--stats{text}", words.stats,
                  "Say at the end what the box has used; --stats=json for programs")
        ->check(CLI::IsMember({"text", "json"}));
  add_flag(parser, "--verbose", words.verbose, "Say each step of the start");
}

void add_task(const Parser& parser, std::string& task) {
  if (!parser.wants("--task")) return;
  parser.app
      .add_option("--task", task,
                  "A task of the profile, after those that it needs; its arguments follow `--`")
      ->check([](const std::string& name) {
        return name.empty() ? std::string("it names no task") : std::string();
      });
}

Stats stats_of(const std::string& word) {
  if (word == "json") return Stats::json;
  return word == "text" ? Stats::text : Stats::none;
}

std::vector<std::pair<std::string, std::string>> variables_of(const BoxWords& words) {
  std::vector<std::pair<std::string, std::string>> variables;
  variables.reserve(words.env.size());
  for (const std::string& text : words.env) variables.push_back(parse_variable(text));
  return variables;
}

void check_descriptors(const std::vector<int>& fds) {
  for (const int fd : fds) {
    if (fd < 0) wrong(fmt::format("--pass-fd {}: a descriptor is a number from 0", fd));
  }
}

void finish(BoxOptions& box, const BoxWords& words) {
  box.env = variables_of(words);
  for (const std::string& text : words.binds) box.binds.push_back(parse_bind(text));
  check_descriptors(box.pass_fds);
  box.limited = says_anything(words.limits);
  box.limits = parse_limits(words.limits);
  box.stats = stats_of(words.stats);
  box.verbosity = words.verbose   ? Verbosity::steps
                  : words.timings ? Verbosity::timings
                                  : Verbosity::quiet;
}

}  // namespace devbox::cli
