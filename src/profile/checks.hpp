// What a value of a profile may be beyond its type. Each check answers with what is to be read
// behind the key's name (" must be …", ": …"), or with nothing where the value is good.
#pragma once

#include <string>
#include <string_view>

namespace devbox::profile {

// Paths. All take `~` and `${…}`; none may hold a NUL or be empty.
std::string check_host_path(std::string_view value);    // relative: to the directory of its file
std::string check_inside_path(std::string_view value);  // absolute once expanded
std::string check_search_path(std::string_view value);  // the same, for one entry of PATH
std::string check_target(std::string_view value);       // the same, neither "/" nor with ".."
std::string check_workspace_target(std::string_view value);  // "same" or a target
std::string check_cwd(std::string_view value);               // "same" or absolute once expanded
std::string check_program(std::string_view value);           // "auto" or absolute once expanded
std::string check_link_text(std::string_view value);         // a symlink's text, relative or not
std::string check_device(std::string_view value);            // below /dev; takes no variables
std::string check_share(std::string_view value);  // relative to the home; takes no variables

// Names and words.
std::string check_image_source(std::string_view text);
std::string check_not_empty(std::string_view value);
std::string check_profile_name(std::string_view value);
std::string check_env_name(std::string_view value);
std::string check_env_pattern(std::string_view value);
std::string check_env_value(std::string_view value);
std::string check_capability(std::string_view value);
std::string check_network(std::string_view value);
std::string check_seccomp(std::string_view value);
std::string check_digest(std::string_view value);
std::string check_platform(std::string_view value);

// Without the variant that goes without saying: "linux/arm64" of "linux/arm64/v8".
std::string platform_name(std::string_view platform);
std::string check_command_name(std::string_view value);  // of a program, without a directory
std::string check_shim(std::string_view value);          // and none that asks for a password
std::string check_package(std::string_view value);
bool is_package_word(std::string_view value);  // what a command of Debian's takes as one name
std::string check_rlimit_name(std::string_view value);
std::string check_rlimit(std::string_view value);
std::string check_cpuset(std::string_view value);

// Tasks. Paths of a task are relative to the project and take neither `~` nor `${…}`.
std::string check_task_name(std::string_view value);
std::string check_input(std::string_view value);  // a pattern: `*`, `?`, `[…]`, `**`
std::string check_output(std::string_view value);
std::string check_task_cwd(std::string_view value);
std::string check_build_path(std::string_view value);
std::string check_plain_value(std::string_view value);

// Amounts.
std::string check_size(std::string_view value);
std::string check_size_above_zero(std::string_view value);
std::string check_rate(std::string_view value);
std::string check_cpus(double value);
std::string check_weight(double value);  // cpu.weight and io.weight
std::string check_pids(double value);
std::string check_operations(double value);  // in a second
std::string check_nice(double value);
std::string check_oom_score(double value);
std::string check_schema(double value);

}  // namespace devbox::profile
