// What the host knows and the box should: files alone, nothing that acts.

#include <fmt/format.h>

#include "plan/git_config.hpp"
#include "plan/reaching.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

// As the system's configuration, which the box's own and the repository's go before.
void git_identity(Reaching& reaching) {
  constexpr auto kKey = Integration::git_identity;
  if (!reaching.wants(kKey) || !reaching.facts.reach.git) return;
  const host::GitIdentity& identity = *reaching.facts.reach.git;
  if (!identity.has_git)
    return reaching.lacks(kKey, "the host has no git, which knows who you are");
  if (identity.values.empty()) {
    return reaching.lacks(
        kKey,
        "your git configuration has neither user.name nor user.email; `git config "
        "--global user.email YOU@EXAMPLE` sets one");
  }
  const std::string file = "/run/devbox/gitconfig";
  reaching.write(kKey, file, git_config_text(identity.values));
  reaching.set("GIT_CONFIG_SYSTEM", file);
  std::string names;
  for (const auto& [name, value] : identity.values) names += (names.empty() ? "" : ", ") + name;
  reaching.hole(kKey, printable(names));
}

// Each program has a variable of its own.
constexpr const char* kBundleVariables[] = {"SSL_CERT_FILE",      "CURL_CA_BUNDLE",
                                            "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
                                            "GIT_SSL_CAINFO",     "CARGO_HTTP_CAINFO"};

void ca_certificates(Reaching& reaching) {
  constexpr auto kKey = Integration::ca_certificates;
  if (!reaching.wants(kKey) || !reaching.facts.certificates) return;
  const store::Certificates& certificates = *reaching.facts.certificates;
  if (!certificates.trouble.empty()) return reaching.lacks(kKey, certificates.trouble);
  if (certificates.is_missing)
    reaching.out.cache.push_back({certificates.file, certificates.content});
  if (certificates.is_empty || reaching.profile_mounts_run()) return;
  const std::string file = "/run/devbox/ca-certificates.crt";
  if (certificates.is_missing) {
    reaching.write(kKey, file, certificates.content);
  } else {
    reaching.bring(kKey, certificates.file, file, FileKind::file,
                   "the image's certificates, and those of the host that it lacks");
  }
  for (const char* name : kBundleVariables) reaching.set(name, file);
  reaching.hole(kKey, "certificate authorities that the host trusts and the image does not know");
}

void terminfo(Reaching& reaching) {
  constexpr auto kKey = Integration::terminfo;
  if (!reaching.wants(kKey) || reaching.facts.rootfs.has_terminfo) return;
  const std::string& entry = reaching.host.terminfo;
  if (entry.empty()) {
    return reaching.lacks(kKey,
                          "neither the image nor the host has a description of the terminal "
                          "that TERM names");
  }
  if (reaching.profile_mounts_run()) return;
  const std::string name = path::filename(entry);
  reaching.bring(kKey, entry, fmt::format("/run/devbox/terminfo/{}/{}", name.substr(0, 1), name),
                 FileKind::file, "the terminal's description, which the image lacks");
  reaching.set("TERMINFO_DIRS", "/run/devbox/terminfo:");
  reaching.hole(kKey, fmt::format("the description of the terminal {}", printable(name)));
}

}  // namespace

void reach_data(Reaching& reaching) {
  git_identity(reaching);
  ca_certificates(reaching);
  reach_timezone(reaching);
  terminfo(reaching);
}

}  // namespace devbox::plan
