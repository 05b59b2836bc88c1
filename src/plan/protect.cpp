#include "plan/protect.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {

std::vector<std::string> protected_directories(const host::Host& host) {
  return {host.dirs.config, host.dirs.data, host.dirs.state, host.dirs.runtime};
}

std::string real_path(const std::string& path, const Facts& facts) {
  for (std::string at = path; at != "/" && !at.empty(); at = path::parent(at)) {
    const auto fact = facts.paths.find(at);
    if (fact == facts.paths.end() || fact->second.real.empty()) continue;
    return path::normal(fact->second.real + path.substr(at.size()));
  }
  return path;
}

void protect(Plan& plan, const host::Host& host, const Facts& facts, Mistakes& mistakes) {
  std::vector<Mount> masks;
  for (const std::string& directory : protected_directories(host)) {
    const std::string real = real_path(directory, facts);
    for (const Mount& mount : plan.mounts) {
      const auto* bind = std::get_if<Bind>(&mount);
      if (bind == nullptr || bind->access == Access::read_only || bind->device ||
          bind->why == kPrivateHome)
        continue;
      const std::string source = real_path(bind->source, facts);
      if (path::is_within(source, real)) {
        mistakes.add(
            {},
            fmt::format("{}: {} is inside {}, which is devbox's own and never writable in a box",
                        printable(bind->why), printable(bind->source), printable(directory)));
      } else if (path::is_within(real, source)) {
        const std::string below = source == "/" ? real : real.substr(source.size());
        masks.emplace_back(Mask{.target = path::normal(bind->target + below),
                                .kind = FileKind::directory,
                                .why = fmt::format("devbox's own, in {}", bind->why)});
        plan.make_directories.push_back(real);
      }
    }
  }
  for (Mount& mask : masks) plan.mounts.push_back(std::move(mask));
}

}  // namespace devbox::plan
