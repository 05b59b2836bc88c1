#include "plan/resolve.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <map>

#include "plan/protect.hpp"
#include "profile/expand.hpp"
#include "profile/image_reference.hpp"
#include "profile/image_source.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

using profile::Position;

class Resolver {
 public:
  Resolver(const profile::Profile& profile, const host::Host& host, const Request& request)
      : profile_(profile), host_(host), request_(request) {
    variables_.home = host.home;
    variables_.project = request.project.value_or("");
    variables_.profile_dir = path::parent(profile.path);
    variables_.env = [&host](std::string_view name) -> std::optional<std::string> {
      const auto found = host.env.find(std::string(name));
      return found == host.env.end() ? std::nullopt : std::optional(found->second);
    };
  }

  Resolved resolve() {
    resolved_.map = request_.map.value_or(profile_.map);
    resolved_.network = request_.network.value_or(profile_.network);
    resolved_.root_mode = static_cast<Root>(profile_.image.root);  // the same three
    image();
    workspace();
    home();
    for (const profile::Mount& mount : profile_.mounts) profile_mount(mount);
    for (const BindOption& bind : request_.volumes) bind_option(bind, kVolume);
    for (const BindOption& bind : request_.binds) bind_option(bind, "--bind");
    if (!request_.build_path.empty()) variables_.project = request_.build_path;
    environment();
    shell();
    limits();
    mistakes_.throw_if_any();
    return std::move(resolved_);
  }

 private:
  // `below`: the key's own name where `key` is its table, put behind it only in a message.
  std::string text(const std::string& raw, const Position& at, std::string_view key,
                   std::string_view below = {}) {
    // Most have nothing to expand.
    if (!raw.starts_with('~') && raw.find('$') == std::string::npos) return raw;
    for (std::string& name : profile::environment_names(raw))
      resolved_.host_variables.push_back(std::move(name));
    profile::Expanded expanded = profile::expand(raw, variables_);
    if (!expanded.mistake.empty())
      mistakes_.add(
          at, fmt::format("`{}{}{}`: {}", key, below.empty() ? "" : ".", below, expanded.mistake));
    return std::move(expanded.text);
  }

  std::string host_path(const std::string& raw, const Position& at, std::string_view key) {
    return path::absolute(text(raw, at, key), variables_.profile_dir);
  }

  std::string box_path(const std::string& raw, const Position& at, std::string_view key) {
    const std::string expanded = text(raw, at, key);
    if (expanded.empty() || expanded.front() != '/') {
      mistakes_.add(at, fmt::format("`{}`: {} is not an absolute path", key, printable(expanded)));
      return "/";
    }
    std::string normal = path::normal(expanded);
    if (normal == "/")
      mistakes_.add(at, fmt::format("`{}`: the root itself cannot be mounted on", key));
    return normal;
  }

  void image() {
    const std::optional<profile::Source> source =
        request_.root ? request_.root : profile_.image.source;
    if (!source) {
      mistakes_.add(
          {profile_.path, 0, 0},
          "no `image.source`: write `source = \"docker://REFERENCE\"`, `\"debian:SUITE\"`, "
          "`\"tar:FILE\"` or `\"host\"` under [image]");
      return;
    }
    resolved_.kind = source->kind;
    resolved_.host_image = source->kind == profile::SourceKind::host;
    resolved_.root_at = source->at;
    resolved_.image = image_text(*source);
    require_fitting_keys(*source);
    if (source->kind == profile::SourceKind::debian) return;  // the lock file has the rest
    if (profile::is_stored(source->kind)) pin(*source);
    if (!resolved_.host_image && !profile::is_path(source->kind)) return;
    resolved_.root_source =
        resolved_.host_image ? "/" : host_path(source->reference, source->at, "image.source");
    if (profile::is_stored(source->kind)) return;
    resolved_.root = resolved_.root_source;
    if (!resolved_.host_image && resolved_.root == "/") {
      mistakes_.add(source->at,
                    "`image.source`: the host's own root is `source = \"host\"`, which leaves "
                    "other people's files out");
    }
  }

  std::string why_no_project() const {
    for (const std::string& own : protected_directories(host_)) {
      if (path::is_within(host_.cwd, own))
        return fmt::format("the project would be in {}, which is devbox's own", printable(own));
    }
    return "the project would be the home directory, one of its ancestors or \"/\"";
  }

  std::string image_text(const profile::Source& source) const {
    std::string text = source.reference + (source.tag.empty() ? "" : ":" + source.tag);
    for (const profile::SourceForm& form : profile::source_forms()) {
      if (form.kind == source.kind) text.insert(0, form.prefix);
    }
    const std::vector<std::string>& packages = profile_.image.packages;
    for (const std::string& package : packages)
      text += (&package == &packages.front() ? " with " : " ") + package;
    return text;
  }

  // What is written under [image] for another source than this.
  void require_fitting_keys(const profile::Source& source) {
    if (request_.root) return;
    const profile::Image& image = profile_.image;
    const bool is_debian = source.kind == profile::SourceKind::debian;
    if (!image.digest.empty() && (is_debian || !profile::is_stored(source.kind))) {
      mistakes_.add(image.digest_at,
                    is_debian ? "`image.digest`: `debian:` takes none; `devbox lock` pins what it "
                                "stands for"
                              : "`image.digest`: a directory can change at any moment, and is not "
                                "pinned");
    }
    if (!image.platform.empty() && !profile::is_stored(source.kind)) {
      mistakes_.add(image.platform_at,
                    "`image.platform`: what is used as it is has the platform that it has");
    }
    if (!image.packages.empty() && !is_debian) {
      mistakes_.add(image.packages_at,
                    "`image.packages`: not supported yet but with `source = \"debian:SUITE\"`");
    }
  }

  void pin(const profile::Source& source) {
    resolved_.pin = profile_.image.digest.substr(profile_.image.digest.find(':') + 1);
    if (source.kind != profile::SourceKind::docker) return;
    const auto reference = profile::parse_image_reference(source.reference).reference;
    if (!reference || reference->digest.empty()) return;
    if (!resolved_.pin.empty() && resolved_.pin != reference->digest) {
      mistakes_.add(profile_.image.digest_at,
                    "`image.digest`: `image.source` has another digest; one of them must go");
    }
    resolved_.pin = reference->digest;
  }

  void workspace() {
    if (profile_.workspace.mode == profile::WorkspaceMode::none) return;
    if (!request_.project) {
      resolved_.no_workspace = why_no_project();
      return;
    }
    Resolved::Workspace workspace;
    workspace.source =
        request_.workspace_lower.empty() ? *request_.project : request_.workspace_lower;
    if (profile_.workspace.mode == profile::WorkspaceMode::ro) workspace.access = Access::read_only;
    if (profile_.workspace.mode == profile::WorkspaceMode::overlay)
      workspace.access = Access::discarded;
    workspace.target =
        !request_.build_path.empty() ? request_.build_path
        : profile_.workspace.target == "same"
            ? *request_.project
            : box_path(profile_.workspace.target, profile_.workspace.at, "workspace.target");
    resolved_.workspace = workspace;
  }

  void home() {
    const std::string homes = path::join(host_.dirs.state, "homes");
    if (profile_.home.mode == profile::HomeMode::private_kept) {
      resolved_.home_source = path::join(homes, request_.identity);
    } else if (profile_.home.mode == profile::HomeMode::host) {
      resolved_.home_source = host_.home;  // a share is there already, and may be read-only
    }
    for (const profile::Share& share : profile_.home.share) {
      WantedMount wanted;
      wanted.mount.source = wanted.mount.target = path::join(host_.home, share.path);
      wanted.mount.mode = share.access;
      wanted.mount.at = share.at;
      wanted.why = fmt::format("home.share.{}", share.path);
      add(std::move(wanted));
    }
  }

  void profile_mount(const profile::Mount& mount) {
    WantedMount wanted{mount, fmt::format("mounts.{}", mount.target)};
    wanted.mount.target = box_path(mount.target, mount.at, wanted.why);
    if (mount.type == profile::MountType::bind)
      wanted.mount.source = host_path(mount.source, mount.at, wanted.why);
    if (mount.type == profile::MountType::symlink)
      wanted.mount.source = text(mount.source, mount.at, wanted.why);
    put(std::move(wanted));
  }

  void bind_option(const BindOption& bind, const char* why) {
    WantedMount wanted;
    wanted.mount.type = profile::MountType::bind;
    wanted.mount.source = path::absolute(bind.source, host_.cwd);
    wanted.mount.target = box_path(bind.target, {}, why);
    wanted.mount.mode = bind.access;
    wanted.why = why;
    const auto same = by_target_.find(wanted.mount.target);
    if (same != by_target_.end() && resolved_.mounts[same->second].why != why) {
      resolved_.mounts[same->second] = std::move(wanted);  // the command line wins
    } else {
      put(std::move(wanted));
    }
  }

  void put(WantedMount wanted) {
    const auto [first, last] = by_target_.equal_range(wanted.mount.target);
    for (auto same = first; same != last; ++same) {
      mistakes_.add(wanted.mount.at,
                    fmt::format("`{}` and `{}` have the same target, {}",
                                printable(resolved_.mounts[same->second].why),
                                printable(wanted.why), printable(wanted.mount.target)));
    }
    add(std::move(wanted));
  }

  void add(WantedMount wanted) {
    by_target_.emplace(wanted.mount.target, resolved_.mounts.size());
    resolved_.mounts.push_back(std::move(wanted));
  }

  void environment() {
    const profile::Environment& env = profile_.env;
    resolved_.env_set.reserve(env.set.size());
    for (const auto& [name, value] : env.set)
      resolved_.env_set.emplace_back(name, text(value, env.at, "env.set", name));
    for (const std::string& file : env.files)
      resolved_.env_files.push_back(host_path(file, env.at, "env.files"));
    for (const std::string& directory : env.path_prepend) {
      resolved_.path_prepend.push_back(text(directory, env.at, "env.path.prepend"));
    }
  }

  void limits() {
    resolved_.limits = profile_.limits;
    for (profile::IoLimit& limit : resolved_.limits.io)
      limit.path = host_path(limit.path, limit.at, "limits.io.path");
    resolved_.limits = profile::overridden(std::move(resolved_.limits), request_.limits);
  }

  void shell() {
    const profile::Shell& shell = profile_.shell;
    if (shell.program != "auto")
      resolved_.shell = box_path(shell.program, shell.at, "shell.program");
    if (shell.cwd != "same") resolved_.cwd = text(shell.cwd, shell.at, "shell.cwd");
  }

  const profile::Profile& profile_;
  const host::Host& host_;
  const Request& request_;
  profile::Variables variables_;
  Mistakes mistakes_;
  Resolved resolved_;
  std::multimap<std::string, std::size_t> by_target_;  // of Resolved::mounts; in order where equal
};

}  // namespace

Resolved resolve(const profile::Profile& profile, const host::Host& host, const Request& request) {
  return Resolver(profile, host, request).resolve();
}

}  // namespace devbox::plan
