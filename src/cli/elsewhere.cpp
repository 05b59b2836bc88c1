#include "cli/elsewhere.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace devbox::cli {
namespace {

struct Row {
  std::string_view word;
  std::string_view instead;
};

constexpr std::string_view kBind =
    "`--bind SOURCE:TARGET[:ro]` shows a file or directory of the host";
constexpr std::string_view kNothingToRemove =
    "leave it out: nothing is left of a box when its command ends";
constexpr std::string_view kTerminal = "leave it out: a box has the terminal that devbox has";
constexpr std::string_view kNames = "`devbox profile ls` lists the profiles that have names";
constexpr std::string_view kIds = "`--map root` makes you root inside, `--map self` yourself";
constexpr std::string_view kNamespaces = "leave it out: a box always has its own";

constexpr Row kVerbs[] = {
    {"shell", "`devbox enter` opens a shell"},
    {"create", "there is nothing to create: `devbox init` writes a profile, `devbox enter` enters"},
    {"kill", "`devbox stop BOX` ends a box"},
    {"attach", "`devbox exec BOX -- COMMAND` runs one more command in a box"},
    {"rm", "there is nothing to remove: a box ends with its command"},
    {"list", kNames},
    {"ls", kNames},
    {"trust", "did you mean `devbox profile trust`?"},
    {"untrust", "did you mean `devbox profile untrust`?"},
    {"show", "did you mean `devbox profile show`?"},
    {"version", "did you mean `devbox --version`?"},
    {"-V", "did you mean `devbox --version`?"},
};

// bwrap(1), podman-run(1), distrobox-enter(1).
constexpr Row kOptions[] = {
    {"-v", kBind},
    {"--volume", kBind},
    {"--mount", kBind},
    {"--ro-bind", kBind},
    {"--bind-try",
     "a bind in the profile with `optional = true` is passed over where it is missing"},
    {"--ro-bind-try",
     "a bind in the profile with `optional = true` is passed over where it is missing"},
    {"--dev-bind", "the box has its own /dev; devices of the host cannot be shown yet"},
    {"--device", "the box has its own /dev; devices of the host cannot be shown yet"},
    {"--tmpfs", "in the profile: [mounts.\"DIR\"] with type = \"tmpfs\""},
    {"--symlink", "in the profile: [mounts.\"PATH\"] with type = \"symlink\""},
    {"-e", "`--env NAME=VALUE` sets a variable"},
    {"--setenv", "`--env NAME=VALUE` sets a variable"},
    {"--clearenv", "leave it out: nothing is inherited but what `env.pass` names"},
    {"-w", "`--cwd DIR` starts there"},
    {"--workdir", "`--cwd DIR` starts there"},
    {"--chdir", "`--cwd DIR` starts there"},
    {"--net", "`--network host` or `--network none`"},
    {"--unshare-net", "`--network none` leaves loopback alone"},
    {"--share-net", "leave it out, or `--network host`: the host's network is the default"},
    {"--unshare-all", "`--network none` for the network; a box always has the other namespaces"},
    {"--unshare-pid", kNamespaces},
    {"--unshare-user", kNamespaces},
    {"--unshare-ipc", kNamespaces},
    {"--unshare-uts", kNamespaces},
    {"--proc", "leave it out: a box always has its own /proc"},
    {"--dev", "leave it out: a box always has its own /dev"},
    {"--die-with-parent", "leave it out: a box ends with devbox, whatever ends that"},
    {"-u", kIds},
    {"--user", kIds},
    {"--uid", kIds},
    {"--userns", kIds},
    {"--rm", kNothingToRemove},
    {"-i", kTerminal},
    {"-t", kTerminal},
    {"-it", kTerminal},
    {"-ti", kTerminal},
    {"--interactive", kTerminal},
    {"--tty", kTerminal},
    {"-m", "`--memory 2GiB` is the most memory"},
    {"--memory-swap", "`--swap 1GiB` is the most swap, beside the memory"},
    {"--pids-limit", "`--pids 100` is the most processes"},
    {"--cpuset-cpus", "`--cpuset 0-3` names the processors"},
    {"--cpu-shares", "`--cpu-weight 1` to `10000`, of which 100 is usual"},
    {"--cpu-quota", "`--cpus 1.5` is the time of one and a half processors"},
    {"--blkio-weight", "`--io-weight 1` to `10000`, of which 100 is usual"},
    {"--device-read-bps", "`--io PATH:read=20MiB/s` limits the disk behind a path"},
    {"--device-write-bps", "`--io PATH:write=20MiB/s` limits the disk behind a path"},
    {"--ulimit", "`--rlimit nofile=1024:4096` is a limit of each process"},
    {"--rootfs", "`--root rootfs:DIR` names another root filesystem"},
    {"--image", "`--root rootfs:DIR` names another root filesystem"},
    {"-n", "the profile is named by `-p PROFILE`, or as the first word"},
    {"--name", "the profile is named by `-p PROFILE`, or as the first word"},
};

std::string_view look_up(std::span<const Row> rows, std::string_view word) {
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const Row& candidate) { return candidate.word == word; });
  return row == rows.end() ? std::string_view() : row->instead;
}

}  // namespace

std::string_view instead_of_verb(std::string_view verb) { return look_up(kVerbs, verb); }

std::string_view instead_of_option(std::string_view option) {
  return look_up(kOptions, option.substr(0, option.find('=')));
}

}  // namespace devbox::cli
