#include "commands/build_diffoscope.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "build/run.hpp"
#include "commands/prepare.hpp"
#include "host/cannot.hpp"
#include "host/programs.hpp"
#include "plan/hermetic.hpp"
#include "plan/make.hpp"
#include "profile/profile.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

constexpr const char* kFirst = "/run/devbox/first";
constexpr const char* kSecond = "/run/devbox/second";

// Of the host's own programs, with nothing else of the host's.
profile::Profile host_profile(const profile::Profile& of_build) {
  profile::Profile profile;
  profile.path = of_build.path;
  profile.name = "diffoscope";
  profile.image.source = profile::Source{.kind = profile::SourceKind::host, .reference = {}};
  profile.workspace.mode = profile::WorkspaceMode::none;
  profile.home.mode = profile::HomeMode::ephemeral;
  profile.network = profile::NetworkMode::none;
  profile.env.pass_written = true;
  profile.env.set["LANG"] = "C.UTF-8";
  return profile;
}

plan::Plan plan_of(const BuildSite& site, const std::string& first, const std::string& second) {
  Subject subject;
  subject.host = site.subject().host;
  subject.installation = site.subject().installation;
  subject.found = site.subject().found;
  subject.profile = host_profile(site.subject().profile);
  subject.request.command = {"timeout", "60",   "diffoscope",
                             "--text",  "-",    "--max-text-report-size",
                             "1000000", kFirst, kSecond};
  subject.request.cwd = "/";
  subject.request.binds = {{first, kFirst, profile::Access::read_only},
                           {second, kSecond, profile::Access::read_only}};
  subject.resolved = plan::resolve(subject.profile, subject.host, subject.request);
  furnish(subject, Missing::refuse);
  return plan::make(subject.profile, subject.resolved, subject.host, subject.facts,
                    subject.request);
}

// diffoscope(1), EXIT STATUS; timeout(1).
std::string outcome(int status, const std::string& report) {
  constexpr int kTooLate = 124;
  if (status == 1) return fmt::format("diffoscope says more in {}", printable(report));
  if (status == kTooLate) return "diffoscope took more than a minute, and was ended";
  return fmt::format("diffoscope ended with status {}: {}", status, printable(report));
}

}  // namespace

std::string ask_diffoscope(const BuildSite& site, const std::string& first,
                           const std::string& second, const std::string& report) {
  if (!host::find_program("diffoscope").starts_with("/usr/")) return "";
  const Fd file(
      ::open(report.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) throw host::cannot("write", report, errno);
  plan::Surroundings surroundings;
  surroundings.random_addresses = true;
  const build::Ran ran = build::run(
      plan_of(site, first, second), site.runtime(), surroundings, [&](std::string_view bytes) {
        while (!bytes.empty()) {
          const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
          if (written < 0 && errno == EINTR) continue;
          if (written < 0) throw host::cannot("write", report, errno);
          bytes.remove_prefix(static_cast<std::size_t>(written));
        }
      });
  return outcome(ran.status, report);
}

}  // namespace devbox::commands
