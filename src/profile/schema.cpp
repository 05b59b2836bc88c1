#include "profile/schema.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "profile/checks.hpp"

namespace devbox::profile {

namespace {

constexpr Word kRoots[] = {{"read-only"}, {"ephemeral"}, {"persistent"}};
constexpr Word kIdMaps[] = {{"auto"}, {"self"}, {"root"}, {"subids"}};
constexpr Word kWorkspaceModes[] = {{"rw"}, {"ro"}, {"overlay"}, {"none"}};
constexpr Word kHomeModes[] = {{"private"}, {"ephemeral"}, {"host"}};
constexpr Word kAccesses[] = {{"ro"}, {"rw"}};
constexpr Word kMountTypes[] = {{"bind"}, {"tmpfs"},   {"volume", Support::no},
                                {"file"}, {"symlink"}, {"mask"}};

constexpr Word kCgroups[] = {{"read-only"}, {"delegated"}};

// clang-format off
constexpr Key kSchemaTable[] = {
    {.path = "schema", .kind = Kind::integer, .number_check = check_schema},
    {.path = "name", .kind = Kind::string, .check = check_profile_name},
    {.path = "description", .kind = Kind::string},
    {.path = "extends", .kind = Kind::strings, .check = check_not_empty},

    {.path = "image"},
    {.path = "image.source", .kind = Kind::string, .check = check_image_source},
    {.path = "image.digest", .kind = Kind::string, .check = check_digest},
    {.path = "image.platform", .kind = Kind::string, .check = check_platform},
    {.path = "image.packages", .kind = Kind::strings, .check = check_package},
    {.path = "image.root", .kind = Kind::string, .words = kRoots},
    {.path = "image.setup", .kind = Kind::tables, .support = Support::if_empty},
    {.path = "image.setup.run", .kind = Kind::string, .check = check_not_empty},
    {.path = "image.setup.network", .kind = Kind::boolean},
    {.path = "image.setup.inputs", .kind = Kind::strings, .check = check_host_path},

    {.path = "ids"},
    {.path = "ids.map", .kind = Kind::string, .words = kIdMaps},

    {.path = "workspace"},
    {.path = "workspace.target", .kind = Kind::string, .check = check_workspace_target},
    {.path = "workspace.mode", .kind = Kind::string, .words = kWorkspaceModes},

    {.path = "home"},
    {.path = "home.mode", .kind = Kind::string, .words = kHomeModes},
    {.path = "home.share"},
    {.path = "home.share.PATH", .kind = Kind::string, .words = kAccesses, .key_check = check_share},

    {.path = "mounts"},
    {.path = "mounts.TARGET", .key_check = check_target},
    {.path = "mounts.TARGET.type", .kind = Kind::string, .words = kMountTypes},
    {.path = "mounts.TARGET.source", .kind = Kind::string, .check = check_link_text},
    {.path = "mounts.TARGET.content", .kind = Kind::string},
    {.path = "mounts.TARGET.mode", .kind = Kind::string, .words = kAccesses},
    {.path = "mounts.TARGET.optional", .kind = Kind::boolean},
    {.path = "mounts.TARGET.size", .kind = Kind::string, .check = check_size_above_zero},

    {.path = "env"},
    {.path = "env.pass", .kind = Kind::strings, .check = check_env_pattern},
    {.path = "env.set"},
    {.path = "env.set.NAME", .kind = Kind::string, .check = check_env_value, .key_check = check_env_name},
    {.path = "env.files", .kind = Kind::strings, .check = check_host_path},
    {.path = "env.path"},
    {.path = "env.path.prepend", .kind = Kind::strings, .check = check_search_path},

    {.path = "shell"},
    {.path = "shell.program", .kind = Kind::string, .check = check_program},
    {.path = "shell.login", .kind = Kind::boolean},
    {.path = "shell.cwd", .kind = Kind::string, .check = check_cwd},
    {.path = "shell.integration", .kind = Kind::boolean},
    {.path = "shell.prompt", .kind = Kind::boolean},

    {.path = "network"},
    {.path = "network.mode", .kind = Kind::string, .check = check_network},
    {.path = "network.publish", .kind = Kind::strings, .support = Support::if_empty, .check = check_not_empty},

    {.path = "limits"},
    {.path = "limits.memory", .kind = Kind::string, .check = check_size_above_zero},
    {.path = "limits.memory_high", .kind = Kind::string, .check = check_size_above_zero},
    {.path = "limits.swap", .kind = Kind::string, .check = check_size},
    {.path = "limits.cpus", .kind = Kind::number, .number_check = check_cpus},
    {.path = "limits.cpu_weight", .kind = Kind::integer, .number_check = check_weight},
    {.path = "limits.cpuset", .kind = Kind::string, .check = check_cpuset},
    {.path = "limits.pids", .kind = Kind::integer, .number_check = check_pids},
    {.path = "limits.io", .kind = Kind::tables},
    {.path = "limits.io.path", .kind = Kind::string, .check = check_host_path},
    {.path = "limits.io.read", .kind = Kind::string, .check = check_rate},
    {.path = "limits.io.write", .kind = Kind::string, .check = check_rate},
    {.path = "limits.io.read_ops", .kind = Kind::integer, .number_check = check_operations},
    {.path = "limits.io.write_ops", .kind = Kind::integer, .number_check = check_operations},
    {.path = "limits.io_weight", .kind = Kind::integer, .number_check = check_weight},
    {.path = "limits.oom_group", .kind = Kind::boolean},
    {.path = "limits.cgroup", .kind = Kind::string, .words = kCgroups},
    {.path = "limits.nice", .kind = Kind::integer, .number_check = check_nice},
    {.path = "limits.oom_score_adj", .kind = Kind::integer, .number_check = check_oom_score},
    {.path = "limits.required", .kind = Kind::boolean},

    {.path = "rlimits"},
    {.path = "rlimits.NAME", .kind = Kind::string, .check = check_rlimit,
     .key_check = check_rlimit_name},

    {.path = "security"},
    {.path = "security.seccomp", .kind = Kind::string, .check = check_seccomp},
    {.path = "security.capabilities", .kind = Kind::strings, .check = check_capability},

    {.path = "integrations"},
    {.path = "integrations.ssh_agent", .kind = Kind::flag},
    {.path = "integrations.gpg_agent", .kind = Kind::flag},
    {.path = "integrations.wayland", .kind = Kind::flag},
    {.path = "integrations.x11", .kind = Kind::flag},
    {.path = "integrations.audio", .kind = Kind::flag},
    {.path = "integrations.dbus", .kind = Kind::flag},
    {.path = "integrations.dri", .kind = Kind::flag},
    {.path = "integrations.devices", .kind = Kind::strings, .check = check_device},
    {.path = "integrations.git_identity", .kind = Kind::flag},
    {.path = "integrations.ca_certificates", .kind = Kind::flag},
    {.path = "integrations.timezone", .kind = Kind::flag},
    {.path = "integrations.terminfo", .kind = Kind::flag},

    {.path = "tasks"},
    {.path = "tasks.NAME", .key_check = check_task_name},
    {.path = "tasks.NAME.description", .kind = Kind::string},
    {.path = "tasks.NAME.run", .kind = Kind::command, .check = check_not_empty},
    {.path = "tasks.NAME.needs", .kind = Kind::strings, .check = check_not_empty},
    {.path = "tasks.NAME.inputs", .kind = Kind::strings, .check = check_input},
    {.path = "tasks.NAME.outputs", .kind = Kind::strings, .check = check_output},
    {.path = "tasks.NAME.env"},
    {.path = "tasks.NAME.env.NAME", .kind = Kind::string, .check = check_plain_value,
     .key_check = check_env_name},
    {.path = "tasks.NAME.cwd", .kind = Kind::string, .check = check_task_cwd},
    {.path = "tasks.NAME.hermetic", .kind = Kind::boolean},
    {.path = "tasks.NAME.untracked", .kind = Kind::boolean},
    {.path = "tasks.NAME.cache", .kind = Kind::strings, .check = check_task_name},
    {.path = "tasks.NAME.build_path", .kind = Kind::string, .check = check_build_path},

    {.path = "editor"},
    {.path = "editor.shims", .kind = Kind::strings, .check = check_shim},
    {.path = "editor.language_servers", .kind = Kind::strings, .check = check_command_name},
};
// clang-format on

// Each table's rows side by side, in the order of the format. Sorted while compiling: to search all
// rows for every key of a document cost 2,000 instructions a line.
constexpr auto kByParent = [] {
  std::array<NamedKey, std::size(kSchemaTable)> rows{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Key& key = kSchemaTable[i];
    const std::string_view name = key.name();
    const bool is_wildcard =
        std::all_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    rows[i] = {key.parent(), name, is_wildcard, &key};
  }
  std::sort(rows.begin(), rows.end(), [](const NamedKey& a, const NamedKey& b) {
    return a.parent != b.parent ? a.parent < b.parent : a.key < b.key;
  });
  return rows;
}();

}  // namespace

std::span<const Key> schema() { return kSchemaTable; }

std::span<const NamedKey> keys_of(std::string_view parent) {
  const auto first = std::partition_point(kByParent.begin(), kByParent.end(),
                                          [&](const NamedKey& row) { return row.parent < parent; });
  const auto last = std::find_if_not(first, kByParent.end(),
                                     [&](const NamedKey& row) { return row.parent == parent; });
  return {first, last};
}

const Key* find_key(std::span<const NamedKey> table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const NamedKey& row) {
    return row.is_wildcard || row.name == name;
  });
  return found != table.end() ? found->key : nullptr;
}

std::vector<std::string> key_names(std::string_view parent) {
  std::vector<std::string> names;
  for (const NamedKey& row : keys_of(parent)) names.emplace_back(row.name);
  return names;
}

}  // namespace devbox::profile
