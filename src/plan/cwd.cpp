// Where the command starts.
#include "plan/parts.hpp"
#include "util/path.hpp"

namespace devbox::plan {
namespace {

// The deepest writable or readable place of the host that the box shows, if the caller stands in
// one.
std::string same_directory(const Plan& plan, const host::Host& host) {
  std::string best;
  for (const Mount& mount : plan.mounts) {
    const auto* bind = std::get_if<Bind>(&mount);
    const bool shows = bind != nullptr && !bind->device && bind->kind == FileKind::directory &&
                       (bind->why == kWorkspace || bind->source == bind->target);
    if (!shows || host.cwd.empty() || !path::is_within(host.cwd, bind->source)) continue;
    const std::string inside =
        path::normal(bind->target + host.cwd.substr(bind->source == "/" ? 0 : bind->source.size()));
    if (best.empty() || bind->why == kWorkspace) best = inside;
  }
  return best;
}

}  // namespace

void choose_cwd(Plan& plan, const Resolved& resolved, const host::Host& host,
                const Request& request) {
  std::string usual = resolved.workspace ? resolved.workspace->target : resolved.config.cwd;
  if (usual.empty()) usual = host.home;
  if (request.cwd) {
    const std::string same = same_directory(plan, host);
    plan.cwd = path::absolute(*request.cwd, same.empty() ? "/" : same);
    plan.cwd_asked = true;
  } else if (request.project_cwd) {
    plan.cwd = path::absolute(*request.project_cwd, usual);
  } else if (!resolved.cwd.empty()) {
    plan.cwd = path::absolute(resolved.cwd, usual);
  } else {
    plan.cwd = same_directory(plan, host);
    if (plan.cwd.empty()) plan.cwd = usual;
  }
}

}  // namespace devbox::plan
