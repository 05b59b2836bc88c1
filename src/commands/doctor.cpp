#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "commands/commands.hpp"
#include "commands/prepare.hpp"
#include "host/health.hpp"
#include "host/machine.hpp"
#include "plan/make.hpp"
#include "plan/needs.hpp"
#include "plan/resolve.hpp"
#include "store/rootfs.hpp"
#include "util/error.hpp"

namespace devbox::commands {
namespace {

host::Machine machine_of(const host::Host& host) {
  host::Machine machine = host::examine(host);
  store::Survey asked;
  asked.locale = machine.locale;
  machine.has_locale = store::survey("/", asked).has_locale;
  return machine;
}

// What `enter` would refuse about the profile itself, in the words of that refusal.
template <class Act>
host::Finding finding_of(std::string name, std::string found, const Act& act) {
  host::Finding finding{host::Section::profile,
                        std::move(name),
                        host::State::ok,
                        std::move(found),
                        host::Feature::box,
                        {},
                        {}};
  try {
    act();
  } catch (const Error& error) {
    finding.state = host::State::broken;
    finding.found = error.message().substr(0, error.message().find('\n'));
    finding.fix = error.hint();
  }
  return finding;
}

// Puts the profile first, and leaves out what it does not need.
void narrow(host::Health& health, const Subject& subject) {
  health.profile = subject.profile.path;
  // Without ranges there is no plan that could say that it needs them.
  if (plan::needs_subordinate_ids(subject.resolved, subject.host, subject.facts))
    health.needs.insert(host::Feature::subordinate_ids);
  std::vector<host::Finding> of_profile;
  of_profile.push_back(finding_of("plan", subject.profile.path, [&] {
    health.needs = plan::needs(plan::make(subject.profile, subject.resolved, subject.host,
                                          subject.facts, subject.request));
  }));
  of_profile.push_back(finding_of("trust", subject.asks.empty() ? "not needed" : "granted",
                                  [&] { require_trust(subject); }));
  std::erase_if(health.findings, [&](const host::Finding& finding) {
    return !health.needs.contains(finding.feature);
  });
  health.findings.insert(health.findings.begin(), of_profile.begin(), of_profile.end());
}

host::Paint paint_of(const host::Host& host) {
  const auto term = host.env.find("TERM");
  const bool can = ::isatty(STDOUT_FILENO) == 1 && !host.env.contains("NO_COLOR") &&
                   term != host.env.end() && term->second != "dumb";
  return can ? host::Paint::colours : host::Paint::plain;
}

}  // namespace

int doctor(const cli::Doctor& verb) {
  std::optional<Subject> subject;
  if (!verb.profile.empty()) {
    cli::BoxOptions options;
    options.profile = verb.profile;
    subject = prepare(options);
  }
  const host::Host host = subject ? subject->host : host::probe();
  const host::Machine machine = machine_of(host);
  host::Health health;
  health.host = fmt::format("{}{}Linux {}.{}", machine.distribution.name,
                            machine.distribution.name.empty() ? "" : ", ", host.kernel.major,
                            host.kernel.minor);
  health.user = host.user;
  health.home = host.home;
  health.needs = host::usual_needs();
  health.findings = host::findings(machine);
  if (subject) narrow(health, *subject);
  print(verb.json         ? host::health_json(health)
        : verb.fix_script ? host::fix_script(health)
                          : host::health_text(health, paint_of(host)));
  return host::works(health.findings, health.needs) ? 0 : 1;
}

}  // namespace devbox::commands
