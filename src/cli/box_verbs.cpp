#include "cli/box_verbs.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

#include "cli/box_options.hpp"
#include "cli/limit_options.hpp"

namespace devbox::cli {
namespace {

constexpr const char* kBoxText =
    "A box that runs: its id, the beginning of one with the whole number, or its name";

constexpr double kMostSeconds = 1e6;

}  // namespace

Finish prepare_exec(const Parser& parser) {
  auto verb = std::make_shared<Exec>();
  auto words = std::make_shared<BoxWords>();
  parser.app.add_option("BOX", verb->box, kBoxText)->required();
  add_command_options(parser, verb->cwd, verb->pass_fds, *words);
  return [verb, words](const Words& command) -> Invocation {
    verb->env = variables_of(*words);
    check_descriptors(verb->pass_fds);
    verb->command = command;
    return *verb;
  };
}

Finish prepare_ps(const Parser& parser) {
  auto verb = std::make_shared<Ps>();
  add_flag(parser, "--json", verb->json, "As JSON");
  add_flag(parser, "--quiet", verb->quiet, "The ids alone");
  return [verb](const Words&) -> Invocation {
    if (verb->json && verb->quiet) wrong("--json and --quiet exclude each other");
    return *verb;
  };
}

Finish prepare_stop(const Parser& parser) {
  auto verb = std::make_shared<Stop>();
  auto seconds = std::make_shared<double>(10);
  parser.app.add_option("BOX", verb->boxes, kBoxText);
  add_flag(parser, "--all", verb->all, "All boxes of yours");
  if (parser.wants("--time"))
    parser.app.add_option("--time", *seconds, "Kill what has not ended after so many seconds (10)")
        ->check(CLI::Range(0.0, kMostSeconds));
  return [verb, seconds](const Words&) -> Invocation {
    if (verb->boxes.empty() != verb->all)
      wrong(verb->all ? "--all and BOX exclude each other" : "there is no box to stop",
            "`devbox ps` lists those that run; `devbox stop --all` stops them all");
    verb->patience = std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * 1000));
    return *verb;
  };
}

Finish prepare_stats(const Parser& parser) {
  auto verb = std::make_shared<StatsVerb>();
  parser.app.add_option("BOX", verb->box, std::string(kBoxText) + " (default: all)");
  add_flag(parser, "--once", verb->once, "One table, after half a second");
  add_flag(parser, "--json", verb->json, "As JSON, once");
  return [verb](const Words&) -> Invocation { return *verb; };
}

Finish prepare_limit(const Parser& parser) {
  auto verb = std::make_shared<LimitVerb>();
  auto words = std::make_shared<LimitWords>();
  parser.app.add_option("BOX", verb->box, kBoxText)->required();
  add_changeable_limits(parser, *words);
  add_flag(parser, "--force", verb->force, "Also less memory than it uses now");
  return [verb, words](const Words&) -> Invocation {
    if (!says_anything(*words)) {
      wrong("there is no limit to change",
            "devbox limit BOX --memory 4GiB; `max` takes a limit away");
    }
    verb->limits = parse_changes(*words);
    return *verb;
  };
}

}  // namespace devbox::cli
