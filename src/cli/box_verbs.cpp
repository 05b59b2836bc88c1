#include "cli/box_verbs.hpp"

#include <memory>

#include "cli/limit_options.hpp"

namespace devbox::cli {
namespace {

constexpr const char* kBoxText =
    "A box that runs: its id, the beginning of one with the whole number, or its name";

bool says_something(const LimitWords& words) {
  return !words.io.empty() || !(words.memory + words.memory_high + words.swap + words.cpus +
                                words.cpu_weight + words.cpuset + words.pids + words.io_weight)
                                   .empty();
}

}  // namespace

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
    if (!says_something(*words)) {
      wrong("there is no limit to change",
            "devbox limit BOX --memory 4GiB; `max` takes a limit away");
    }
    verb->limits = parse_changes(*words);
    return *verb;
  };
}

}  // namespace devbox::cli
