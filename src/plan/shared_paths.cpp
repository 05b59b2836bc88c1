#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "plan/shell.hpp"
#include "plan/target.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

bool is_shared(const SharedPaths& paths, std::string_view path) {
  for (;; path = path::above(path)) {
    const auto found = paths.find(std::string(path));
    if (found != paths.end()) return found->second;
    if (path.size() <= 1) return false;
  }
}

// Without what says what the nearest one above it says.
SharedPaths reduced(const SharedPaths& paths) {
  SharedPaths out;
  for (const auto& [path, shared] : paths) {
    const bool above = path != "/" && is_shared(out, path::above(path));
    if (shared != above) out.emplace(path, shared);
  }
  return out;
}

// RFC 3986, 2.3, and the slash.
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~/").find(c) != std::string_view::npos;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* digits = text.data() + i + 1;
    const bool coded = text[i] == '%' && i + 2 < text.size() &&
                       std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    out += coded ? static_cast<char>(byte) : text[i];
    if (coded) i += 2;
  }
  return out;
}

// Of a bind: whether the host has at its target what the box has there.
bool shows_the_same(const Bind& bind, const Resolved& resolved) {
  if (bind.device || bind.access == Access::discarded) return false;
  if (bind.source == bind.target) return true;
  // The source has its links followed; the profile may have named it as the target is.
  return std::any_of(resolved.mounts.begin(), resolved.mounts.end(), [&](const WantedMount& one) {
    return one.mount.type == profile::MountType::bind && one.mount.target == bind.target &&
           one.mount.source == bind.target;
  });
}

}  // namespace

SharedPaths shared_paths(const Plan& plan, const Resolved& resolved) {
  SharedPaths paths;
  for (const Mount& mount : plan.mounts) {
    if (const auto* mirror = std::get_if<Mirror>(&mount)) {
      for (const std::string& name : mirror->bound_directories)
        paths[path::join(mirror->target, name)] = plan.host_image;
      continue;
    }
    const auto* bind = std::get_if<Bind>(&mount);
    if (bind != nullptr && bind->why == kHeld) continue;  // changes nothing that is seen
    const std::string* target = target_of(mount);
    if (target == nullptr || is_file(mount) || std::holds_alternative<Make>(mount)) continue;
    paths[*target] = bind != nullptr && shows_the_same(*bind, resolved);
  }
  return reduced(paths);
}

std::string shared_text(const SharedPaths& paths) {
  std::string text;
  for (const auto& [path, shared] : paths) {
    if (!text.empty()) text += ':';
    text += shared ? '+' : '-';
    for (const char c : path) {
      if (is_plain(c)) {
        text += c;
      } else {
        text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
      }
    }
  }
  return text;
}

SharedPaths parse_shared(std::string_view text) {
  SharedPaths paths;
  for (const std::string& one : split(std::string(text), ':')) {
    if (one.size() < 2 || one[1] != '/') continue;
    paths[decoded(std::string_view(one).substr(1))] = one[0] == '+';
  }
  return reduced(paths);
}

SharedPaths shared_by_both(const SharedPaths& outer, const SharedPaths& inner) {
  SharedPaths both;
  for (const SharedPaths* paths : {&outer, &inner}) {
    for (const auto& [path, shared] : *paths)
      both[path] = is_shared(outer, path) && is_shared(inner, path);
  }
  return reduced(both);
}

}  // namespace devbox::plan
