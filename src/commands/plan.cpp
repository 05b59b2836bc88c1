#include <fmt/format.h>

#include "commands/commands.hpp"
#include "commands/joining.hpp"
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
  const Joins joins = verb.box.command.empty() ? Joins::any : Joins::persistent_root;
  const bool may_join = !verb.box.fresh && !verb.box.keep;
  const std::string note =
      may_join ? join_note(plan, runtime_of(subject), fingerprint(subject, verb.box), joins)
               : std::string();
  if (!note.empty()) plan.notes.push_back({note});
  for (const std::string& ask : subject.asks) {
    plan.notes.push_back(
        {fmt::format("beyond the project, {}: {}", granted ? "trusted" : "not trusted", ask)});
  }
  return print(verb.json ? plan::describe_json(plan) : plan::describe(plan));
}

}  // namespace devbox::commands
