// A validated profile: what the TOML said, typed, merged with its bases, and nothing decided yet.
//
// Every string that names a path still carries its `~` and `${…}`; profile/expand.hpp resolves them
// once the host and the project are known. A member that is empty or std::nullopt was not written.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "profile/integrations.hpp"
#include "profile/limits.hpp"
#include "profile/position.hpp"
#include "profile/task.hpp"

namespace devbox::profile {

enum class Root { read_only, ephemeral, persistent };

enum class SourceKind {
  host,            // host
  rootfs,          // rootfs:DIR
  tar,             // tar:FILE
  tar_url,         // tar:URL, of https or http
  debian,          // debian:SUITE
  docker,          // docker://REF
  oci,             // oci:DIR[:TAG]
  oci_archive,     // oci-archive:FILE
  docker_archive,  // docker-archive:FILE
};

// Whether trees of that kind lie in the store, pinned; the others are directories of somebody's.
constexpr bool is_stored(SourceKind kind) {
  return kind != SourceKind::host && kind != SourceKind::rootfs;
}

// Whether what follows the prefix is a path of the host.
constexpr bool is_path(SourceKind kind) {
  return kind != SourceKind::host && kind != SourceKind::debian && kind != SourceKind::docker &&
         kind != SourceKind::tar_url;
}

// Whether it has a manifest and layers.
constexpr bool has_layers(SourceKind kind) {
  return kind == SourceKind::docker || kind == SourceKind::oci || kind == SourceKind::oci_archive ||
         kind == SourceKind::docker_archive;
}

struct Source {
  SourceKind kind = SourceKind::host;
  std::string reference;  // what follows the prefix, unexpanded, without a tag of `oci:`; empty for
                          // host
  Position at = {};
  std::string tag = {};  // of `oci:`; may be empty
};

struct Image {
  std::optional<Source> source;
  std::string digest;  // "sha256:" and 64 hexadecimal digits, lower case; empty: not pinned here
  Position digest_at;
  std::string platform;  // "linux/arm64", as host::platform() names it; empty: this machine's
  Position platform_at;
  std::vector<std::string> packages;  // sorted, each once
  Position packages_at;
  Root root = Root::read_only;
  Position root_at;
  std::string written;  // what follows the source's prefix, as the profile has it
};

enum class IdMap { automatic, self, root, subids };

enum class WorkspaceMode { rw, ro, overlay, none };

struct Workspace {
  std::string target = "same";
  WorkspaceMode mode = WorkspaceMode::rw;
  Position at;
};

enum class HomeMode { private_kept, ephemeral, host };
enum class Access { read_only, read_write };

struct Share {
  std::string path;  // relative to the home directory, on both sides
  Access access = Access::read_only;
  Position at;
};

struct Home {
  HomeMode mode = HomeMode::private_kept;
  std::vector<Share> share;
  Position at;
};

enum class MountType { bind, tmpfs, file, symlink, mask };

struct Mount {
  std::string target;  // absolute once expanded
  MountType type = MountType::bind;
  std::string source;   // bind: a host path; symlink: the link's text
  std::string content;  // file: its bytes
  Access mode = Access::read_only;
  bool optional = false;                   // bind: a missing source is skipped
  std::optional<std::uint64_t> max_bytes;  // tmpfs: its size limit
  Position at;
};

struct Environment {
  std::vector<std::string> pass;           // names; `*` matches any run of characters
  std::map<std::string, std::string> set;  // values take ${…}
  std::vector<std::string> files;          // env files, in order
  std::vector<std::string> path_prepend;   // directories put before PATH
  Position at;
  bool pass_written = false;  // `pass` was written: an empty one then passes nothing
};

struct Shell {
  std::string program = "auto";
  bool login = true;
  std::string cwd = "same";
  bool integration = true;
  bool prompt = true;  // integration names the box in it
  Position at;
};

enum class NetworkMode { host, none };

enum class Seccomp { standard, strict, off };

struct Security {
  Seccomp seccomp = Seccomp::standard;
  std::vector<std::string> capabilities;  // lower case, without "cap_", known to capabilities(7)
};

// What the host has of a box: plain names of programs.
struct Editor {
  std::vector<std::string> shims;                            // sorted, each once
  std::optional<std::vector<std::string>> language_servers;  // in their order
};

// One file that decided what the profile says; the trust grant covers the bytes of all of them.
struct ClosureFile {
  std::string path;
  std::string bytes;
};

struct Profile {
  std::string path;  // the profile file, absolute
  std::string name;  // default: the file's stem
  std::string description;

  Image image;
  IdMap map = IdMap::automatic;
  Workspace workspace;
  Home home;
  std::vector<Mount> mounts;  // sorted by target text; a profile's mount overrides its base's
  Environment env;
  Shell shell;
  NetworkMode network = NetworkMode::host;
  Limits limits;
  Security security;
  Integrations integrations;
  Editor editor;
  std::vector<Task> tasks;  // sorted by name

  std::vector<ClosureFile> closure;        // the profile itself first, then its bases
  std::vector<std::string> extends_paths;  // absolute paths of the bases, in the same order
};

// The variables that pass into a box where a profile does not say otherwise; the only ones that a
// profile from a project may name without being trusted.
inline constexpr const char* kPassedByDefault[] = {"LANG",      "LANGUAGE", "LC_*",    "TERM",
                                                   "COLORTERM", "NO_COLOR", "*_proxy", "*_PROXY"};

}  // namespace devbox::profile
