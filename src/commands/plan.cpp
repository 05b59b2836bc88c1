#include <fmt/format.h>

#include "commands/commands.hpp"
#include "commands/prepare.hpp"
#include "plan/describe.hpp"
#include "plan/make.hpp"

namespace devbox::commands {

// An untrusted profile is planned too: this is how one reads what it would do.
int plan(const cli::PlanVerb& verb) {
  const Subject subject = prepare(verb.box);
  plan::Plan plan =
      plan::make(subject.profile, subject.resolved, subject.host, subject.facts, subject.request);
  const bool granted = subject.asks.empty() || verb.box.trust ||
                       trust_of(subject.host).verdict(subject.profile.path, subject.digest) ==
                           store::Trust::Verdict::granted;
  for (const std::string& ask : subject.asks) {
    plan.notes.push_back(
        {fmt::format("beyond the project, {}: {}", granted ? "trusted" : "not trusted", ask)});
  }
  return print(verb.json ? plan::describe_json(plan) : plan::describe(plan));
}

}  // namespace devbox::commands
