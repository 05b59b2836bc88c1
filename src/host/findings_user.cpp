// What belongs to the user: ranges of ids, terminal and language, and the share of the machine.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "host/findings.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

constexpr std::uint64_t kUsualRange = 65536;  // up to 65534, nobody, and its neighbour

void find_helper(const Machine& machine, const IdHelper& helper, Findings& list) {
  Refusal why =
      why_no_mapping(helper, machine.restrictions.no_new_privs, machine.distribution.family);
  if (why.cause.empty() && machine.refusing_helper == helper.program)
    why = mapping_refused(helper, {}, machine.user);
  if (why.cause.empty()) {
    list.push_back(fine(Section::ids, helper.program, helper.path, Feature::subordinate_ids));
    return;
  }
  const State state = helper.path.empty() ? State::missing : State::broken;
  list.push_back(
      wrong(Section::ids, helper.program, state, Feature::subordinate_ids, std::move(why)));
}

std::uint64_t total(const std::vector<IdRange>& ranges) {
  return std::accumulate(ranges.begin(), ranges.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const IdRange& range) { return sum + range.count; });
}

void find_ranges(const Machine& machine, Findings& list) {
  const SubordinateIds& ids = machine.subordinate;
  if (Refusal why = why_no_ranges(ids, machine.user); !why.cause.empty()) {
    list.push_back(
        wrong(Section::ids, "ranges", State::missing, Feature::subordinate_ids, std::move(why)));
    return;
  }
  const std::uint64_t uids = total(ids.uids);
  const std::uint64_t gids = total(ids.gids);
  if (std::min(uids, gids) >= kUsualRange) {
    list.push_back(fine(Section::ids, "ranges", fmt::format("{} uids and {} gids", uids, gids),
                        Feature::subordinate_ids));
    return;
  }
  list.push_back(wrong(Section::ids, "ranges", State::missing, Feature::high_ids,
                       {fmt::format("{} has {} subordinate uids and {} gids, fewer than {}",
                                    machine.user, uids, gids, kUsualRange),
                        "give the user larger ranges in /etc/subuid and /etc/subgid",
                        {}}));
}

void find_terminal(const Machine& machine, Findings& list) {
  const bool needs_none = machine.term.empty() || machine.term == "dumb";
  if (needs_none || !machine.terminfo.empty()) {
    list.push_back(fine(Section::surroundings, "terminal",
                        machine.term.empty() ? "TERM is not set" : machine.term,
                        Feature::terminal));
    return;
  }
  Refusal why = not_installed("terminfo", machine.distribution.family);
  why.cause = fmt::format("this host has no description of the terminal {}", machine.term);
  list.push_back(
      wrong(Section::surroundings, "terminal", State::missing, Feature::terminal, std::move(why)));
}

// localedef(1) wants the language and the codeset apart: "en_US.UTF-8" is of en_US and UTF-8.
Refusal why_no_locale(const Machine& machine) {
  Refusal why{fmt::format("this host has no locale {}", machine.locale),
              "`locale -a` lists those that it has; set LANG to one of them",
              {}};
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@-";
  const std::size_t dot = machine.locale.find('.');
  const bool is_plain = machine.locale.find_first_not_of(kPlain) == std::string::npos &&
                        machine.locale.front() != '-' && dot != std::string::npos && dot != 0;
  const std::string codeset =
      is_plain ? machine.locale.substr(dot + 1, machine.locale.find('@') - dot - 1) : "";
  if (codeset.empty()) return why;
  const std::string language = machine.locale.substr(0, dot);
  if (machine.distribution.family == Family::debian)
    why.commands.emplace_back("sudo apt-get install -y locales");
  if (machine.distribution.family == Family::fedora)
    why.commands.push_back(fmt::format("sudo dnf install -y glibc-langpack-{}",
                                       language.substr(0, language.find('_'))));
  else
    why.commands.push_back(
        fmt::format("sudo localedef -i {} -f {} {}", language, codeset, machine.locale));
  why.fix = fmt::format("`{}` makes it", fmt::join(why.commands, " && "));
  return why;
}

void find_locale(const Machine& machine, Findings& list) {
  const bool is_musl = machine.distribution.family == Family::alpine;  // which has every locale
  list.push_back(machine.has_locale || is_musl
                     ? fine(Section::surroundings, "language",
                            machine.locale.empty() ? "C" : machine.locale, Feature::locale)
                     : wrong(Section::surroundings, "language", State::missing, Feature::locale,
                             why_no_locale(machine)));
}

constexpr const char* kWanted[] = {"cpu", "cpuset", "io", "memory", "pids"};

// systemd gives memory and pids by itself (systemd.resource-control(5), Delegate=).
Refusal why_no_delegation(const Machine& machine, const std::vector<std::string>& lacking) {
  const Delegation& found = machine.delegation;
  const std::string none = fmt::format("no cgroup is delegated to {}", machine.user);
  if (found.version != Delegation::Version::v2) {
    return {
        found.version == Delegation::Version::none
            ? "no cgroups are mounted on /sys/fs/cgroup"
            : fmt::format("{}; rlimits, nice, the OOM score and CPU affinity hold", kVersionOne),
        "boot with `systemd.unified_cgroup_hierarchy=1` in the kernel's command line",
        {}};
  }
  if (!found.systemd)
    return {
        found.directory.empty() ? none : fmt::format("there is no {}", fmt::join(lacking, ", ")),
        "whoever starts the session must give it a cgroup of its own (cgroups(7))",
        {}};
  if (found.directory.empty())
    return {none, "log in anew: systemd gives each login a cgroup of its own", {}};
  Refusal why{fmt::format("of the controllers {} is not delegated to {}", fmt::join(lacking, ", "),
                          machine.user),
              {},
              {"sudo mkdir -p /etc/systemd/system/user@.service.d",
               "printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' | sudo tee "
               "/etc/systemd/system/user@.service.d/delegate.conf",
               "sudo systemctl daemon-reload"}};
  why.fix = fmt::format("`{}` and a new login give them", fmt::join(why.commands, " && "));
  return why;
}

}  // namespace

void find_ids(const Machine& machine, Findings& list) {
  find_helper(machine, machine.newuidmap, list);
  find_helper(machine, machine.newgidmap, list);
  find_ranges(machine, list);
}

void find_surroundings(const Machine& machine, Findings& list) {
  find_terminal(machine, list);
  find_locale(machine, list);
}

void find_limits(const Machine& machine, Findings& list) {
  std::vector<std::string> lacking;
  const std::vector<std::string>& there = machine.delegation.controllers;
  for (const char* name : kWanted) {
    if (std::find(there.begin(), there.end(), name) == there.end()) lacking.emplace_back(name);
  }
  if (lacking.empty()) {
    list.push_back(fine(Section::limits, "cgroups",
                        fmt::format("{}; a box's is {}", fmt::join(there, ", "), machine.group),
                        Feature::limits));
    return;
  }
  Refusal why = why_no_delegation(machine, lacking);
  if (machine.delegation.version == Delegation::Version::v2)
    why.cause += fmt::format("; a box's is {}", machine.group);
  list.push_back(wrong(Section::limits, "cgroups", State::missing, Feature::limits, why));
}

}  // namespace devbox::host
