#include "plan/trust.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plan/parts.hpp"
#include "plan/protect.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

class Asks {
 public:
  Asks(const Request& request, const Facts& facts)
      : facts_(facts), project_(request.project ? real_path(*request.project, facts) : "") {}

  void add(std::string line) {
    if (said_.insert(line).second) lines_.push_back(std::move(line));
  }

  bool is_beyond(const std::string& path) const {
    return project_.empty() || !path::is_within(real_path(path, facts_), project_);
  }

  std::vector<std::string> take() { return std::move(lines_); }

 private:
  const Facts& facts_;
  std::string project_;
  std::vector<std::string> lines_;
  std::set<std::string> said_;
};

void about_files(Asks& asks, const profile::Profile& profile, const Resolved& resolved) {
  for (const std::string& base : profile.extends_paths) {
    if (asks.is_beyond(base))
      asks.add(fmt::format("extends {}, outside the project", printable(base)));
  }
  for (const std::string& file : resolved.env_files) {
    if (asks.is_beyond(file)) asks.add(fmt::format("env.files: reads {}", printable(file)));
  }
}

void about_mounts(Asks& asks, const Resolved& resolved) {
  for (const WantedMount& wanted : resolved.mounts) {
    const profile::Mount& mount = wanted.mount;
    if (mount.type != profile::MountType::bind || wanted.why == "--bind" ||
        !asks.is_beyond(mount.source))
      continue;
    const char* access = mount.mode == profile::Access::read_only ? "read" : "read and write";
    asks.add(fmt::format("{}: {} {}", printable(wanted.why), access, printable(mount.source)));
  }
}

void about_environment(Asks& asks, const profile::Profile& profile, const Resolved& resolved) {
  const std::vector<std::string> fixed(std::begin(profile::kPassedByDefault),
                                       std::end(profile::kPassedByDefault));
  for (const std::string& pattern : profile.env.pass) {
    const bool is_fixed = std::find(fixed.begin(), fixed.end(), pattern) != fixed.end();
    const bool is_covered = pattern.find('*') == std::string::npos && passes(pattern, fixed);
    if (!is_fixed && !is_covered)
      asks.add(fmt::format("env.pass: the variable {} of your environment", printable(pattern)));
  }
  for (const std::string& name : resolved.host_variables) {
    asks.add(fmt::format("${{env:{}}}: a variable of your environment", printable(name)));
  }
}

// "auto" too: on the machine of the person who is asked, it is as good as true.
void about_integrations(Asks& asks, const profile::Integrations& integrations) {
  for (const profile::IntegrationKey& key : profile::kIntegrations) {
    if (!key.asks.empty() && integrations.wants(key.integration))
      asks.add(fmt::format("integrations.{}: {}", key.name, key.asks));
  }
  for (const profile::Device& device : integrations.devices)
    asks.add(fmt::format("integrations.devices: use {}", printable(device.path)));
}

}  // namespace

std::vector<std::string> asks_beyond_project(const profile::Profile& profile,
                                             const Resolved& resolved, const Request& request,
                                             const Facts& facts) {
  if (!request.project_profile) return {};
  Asks asks(request, facts);
  about_files(asks, profile, resolved);
  const bool reads_host = !resolved.host_image && !resolved.root_source.empty();
  if (!request.root && reads_host && asks.is_beyond(resolved.root_source)) {
    asks.add(fmt::format("image.source: read {} as the root filesystem",
                         printable(resolved.root_source)));
  }
  if (profile.home.mode == profile::HomeMode::host)
    asks.add("home.mode: read and write your home directory");
  about_mounts(asks, resolved);
  about_environment(asks, profile, resolved);
  if (profile.security.seccomp == profile::Seccomp::off)
    asks.add("security.seccomp: run without the system call filter");
  for (const std::string& capability : profile.security.capabilities) {
    asks.add(fmt::format("security.capabilities: keep {} in the box's user namespace",
                         printable(capability)));
  }
  about_integrations(asks, profile.integrations);
  return asks.take();
}

}  // namespace devbox::plan
