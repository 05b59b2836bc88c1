// The target of any kind of mount, to read and to change.
#pragma once

#include <string>
#include <type_traits>

#include "plan/plan.hpp"

namespace devbox::plan {

// Null for the root's own mounts, which have none.
inline std::string* target_of(Mount& mount) {
  return std::visit(
      [](auto& kind) -> std::string* {
        using Kind = std::decay_t<decltype(kind)>;
        if constexpr (std::is_same_v<Kind, RootBind> || std::is_same_v<Kind, WritableRoot>) {
          return nullptr;
        } else if constexpr (std::is_same_v<Kind, Make>) {
          return &kind.made.path;
        } else {
          return &kind.target;
        }
      },
      mount);
}
inline const std::string* target_of(const Mount& mount) {
  return target_of(const_cast<Mount&>(mount));
}

// Whether what is mounted is a file; a directory otherwise.
inline bool is_file(const Mount& mount) {
  if (const auto* bind = std::get_if<Bind>(&mount)) return bind->kind == FileKind::file;
  if (const auto* mask = std::get_if<Mask>(&mount)) return mask->kind == FileKind::file;
  return std::holds_alternative<CoverFile>(mount);
}

inline void set_place(Mount& mount, Target place) {
  if (auto* bind = std::get_if<Bind>(&mount)) bind->place = place;
  if (auto* tmpfs = std::get_if<Tmpfs>(&mount)) tmpfs->place = place;
  if (auto* file = std::get_if<CoverFile>(&mount)) file->place = place;
}

}  // namespace devbox::plan
