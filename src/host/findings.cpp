#include "host/findings.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "host/failure.hpp"

namespace devbox::host {
namespace {

constexpr int kLeastMajor = 5;
constexpr int kLeastMinor = 2;

void find_helper(const Machine& machine, const Helper& helper, Findings& list) {
  const Feature feature = helper.name == "mmdebstrap" ? Feature::trees : Feature::accounts;
  list.push_back(helper.path.empty()
                     ? wrong(Section::program, helper.name, State::missing, feature,
                             not_installed(helper.name, machine.distribution.family))
                     : fine(Section::program, helper.name, helper.path, feature));
}

void find_version(const Machine& machine, Findings& list) {
  const std::string version =
      fmt::format("Linux {}.{}", machine.kernel.major, machine.kernel.minor);
  if (machine.kernel.at_least(kLeastMajor, kLeastMinor)) {
    list.push_back(fine(Section::kernel, "version", version, Feature::box));
    return;
  }
  const Refusal why = explain(kernel::Step::tmpfs, ENOSYS, machine.restrictions);
  list.push_back(wrong(Section::kernel, "version", State::broken, Feature::box,
                       {version + " is too old", why.fix, {}}));
}

void find_calls(const Machine& machine, Findings& list) {
  std::string there, lacking;
  for (const Call& call : machine.calls) {
    std::string& names = call.err == ENOSYS ? lacking : there;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", call.name);
  }
  if (lacking.empty()) {
    list.push_back(fine(Section::kernel, "newer calls", there, Feature::speed));
    return;
  }
  list.push_back(wrong(Section::kernel, "newer calls", State::missing, Feature::speed,
                       {fmt::format("there is no {}", lacking),
                        "Linux 5.12 or later has them all, where no system call filter hides them",
                        {}}));
}

}  // namespace

Finding fine(Section section, std::string name, std::string found, Feature feature) {
  return {section, std::move(name), State::ok, std::move(found), feature, {}, {}};
}

Finding wrong(Section section, std::string name, State state, Feature feature, Refusal why) {
  return {section,
          std::move(name),
          state,
          std::move(why.cause),
          feature,
          std::move(why.fix),
          std::move(why.commands)};
}

void find_programs(const Machine& machine, Findings& list) {
  if (!machine.restrictions.program.empty())
    list.push_back(fine(Section::program, "devbox", machine.restrictions.program, Feature::box));
  list.push_back(
      machine.init.empty()
          ? wrong(Section::program, "devbox-init", State::broken, Feature::box, machine.no_init)
          : fine(Section::program, "devbox-init", machine.init, Feature::box));
  for (const Helper& helper : machine.helpers) find_helper(machine, helper, list);
}

void find_kernel(const Machine& machine, Findings& list) {
  find_version(machine, list);
  find_calls(machine, list);
}

std::vector<Finding> findings(const Machine& machine) {
  Findings list;
  find_programs(machine, list);
  find_kernel(machine, list);
  find_namespaces(machine, list);
  find_ids(machine, list);
  find_storage(machine, list);
  find_surroundings(machine, list);
  find_limits(machine, list);
  return list;
}

}  // namespace devbox::host
