// Values that are of the right type and still wrong.
#include <doctest/doctest.h>

#include <string>

#include "profile_testing.hpp"

namespace devbox::profile {
namespace {

using testing::load_text;
using testing::mistakes_of;

struct Row {
  std::string toml;
  std::string message;  // behind "devbox.toml:"; empty: no mistake
  std::string reason;
};

void check_all(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    CHECK(mistakes_of(row.toml) == (row.message.empty() ? "" : "devbox.toml:" + row.message));
  }
}

TEST_CASE("a word that is not allowed is answered with those that are and the nearest") {
  check_all({
      {"workspace.mode = 'rx'",
       "1:18: `workspace.mode` must be \"rw\", \"ro\", \"overlay\" or \"none\", not \"rx\"; did "
       "you mean "
       "\"rw\"?",
       "near"},
      {"workspace.mode = 'everything'",
       "1:18: `workspace.mode` must be \"rw\", \"ro\", \"overlay\" or \"none\", not \"everything\"",
       "near nothing"},
      {"workspace.mode = ''",
       "1:18: `workspace.mode` must be \"rw\", \"ro\", \"overlay\" or \"none\", not \"\"", "empty"},
      {"workspace.mode = 'RW'",
       "1:18: `workspace.mode` must be \"rw\", \"ro\", \"overlay\" or \"none\", not \"RW\"",
       "case counts"},
      {"home.mode = 'privat'",
       "1:13: `home.mode` must be \"private\", \"ephemeral\" or \"host\", not \"privat\"; did you "
       "mean \"private\"?",
       "home"},
      {"ids.map = 'rot'",
       "1:11: `ids.map` must be \"auto\", \"self\", \"root\" or \"subids\", not \"rot\"; did you "
       "mean \"root\"?",
       "ids"},
      {"image.root = 'readonly'",
       "1:14: `image.root` must be \"read-only\", \"ephemeral\" or \"persistent\", not "
       "\"readonly\"; did you mean \"read-only\"?",
       "root"},
      {"mounts.'/x'.type = 'volumes'",
       "1:20: `mounts.\"/x\".type` must be \"bind\", \"tmpfs\", \"file\", \"symlink\" or \"mask\", "
       "not "
       "\"volumes\"",
       "what is not supported yet is not offered"},
      {"home.share.x = 'r'",
       "1:16: `home.share.x` must be \"ro\" or \"rw\", not \"r\"; did you mean \"ro\"?", "share"},
      {"security.seccomp = 'defalt'",
       "1:20: `security.seccomp` must be \"default\", \"strict\" or \"off\", not \"defalt\"; did "
       "you mean "
       "\"default\"?",
       "seccomp"},
      {"network.mode = 'hots'",
       "1:16: `network.mode` must be \"host\" or \"none\", not \"hots\"; named networks are not "
       "supported yet; "
       "did you mean \"host\"?",
       "network"},
      {"integrations.terminfo = 'Auto'",
       "1:25: `integrations.terminfo` must be true, false or \"auto\", not \"Auto\"", "a flag"},
      {"integrations.devices = ['kvm']",
       "1:25: an entry of `integrations.devices` must be a path below /dev", "no path"},
      {"integrations.devices = ['/dev/']",
       "1:25: an entry of `integrations.devices` must be a path below /dev", "/dev itself"},
      {"integrations.devices = ['/dev/../etc/x']",
       "1:25: an entry of `integrations.devices` must not climb with \"..\"", "climbs"},
      {"mounts.'/x'.type = 'bnd'",
       "1:20: `mounts.\"/x\".type` must be \"bind\", \"tmpfs\", \"file\", \"symlink\" or \"mask\", "
       "not \"bnd\"; "
       "did you mean \"bind\"?",
       "mount type"},
  });
}

TEST_CASE("the version of the format is 1") {
  check_all({
      {"schema = 1", "", "this one"},
      {"schema = 0", "1:10: `schema` must be 1", "there was none before"},
      {"schema = -9223372036854775808", "1:10: `schema` must be 1", "the least"},
      {"schema = 2", "1:10: schema 2 is newer than this devbox understands (1)", "newer"},
      {"schema = 9223372036854775807",
       "1:10: schema 9223372036854775807 is newer than this devbox understands (1)",
       "the greatest"},
      {"colour = 'red'\nschema = 2\n", "2:10: schema 2 is newer than this devbox understands (1)",
       "what else a newer one holds cannot be judged"},
  });
}

TEST_CASE("a name is short printable text without a slash") {
  check_all({
      {"name = ''", "1:8: `name` must not be empty", "empty"},
      {"name = 'a/b'", "1:8: `name` must not hold a \"/\"", "a slash"},
      {"name = \"a\\u0007\"", "1:8: `name` must be printable text", "a bell"},
      {"name = \"a\\u202e\"", "1:8: `name` must be printable text", "an override"},
      {"name = '" + std::string(64, 'n') + "'", "", "64 characters"},
      {"name = '" + std::string(65, 'n') + "'",
       "1:8: `name` must have at most 64 characters, not 65", "65"},
      {"name = 'ünïcödé " + std::string(56, 'n') + "'", "", "characters are not bytes"},
  });
}

// What an image source may be.
const std::string forms =
    "\"docker://REFERENCE\", \"debian:SUITE\", \"tar:FILE\", \"oci:DIR\", \"oci-archive:FILE\", "
    "\"docker-archive:FILE\", \"rootfs:DIR\" or \"host\", ";

TEST_CASE("an image source is of a known form") {
  check_all({
      {"image.source = 'host'", "", "the host's toolchain"},
      {"image.source = 'rootfs:/srv/tree'", "", "a tree"},
      {"image.source = 'rootfs:~/tree'", "", "a tree at home"},
      {"image.source = 'tar:debian.tar.zst'", "", "an archive beside the profile"},
      {"image.source = 'tar:'", "1:16: `image.source`: nothing follows `tar:`", "no archive"},
      {"image.platform = 'linux/arm/v7'", "", "a platform with a variant"},
      {"image.platform = 'amd64'",
       "1:18: `image.platform` must be such as \"linux/amd64\", not \"amd64\"", "no system"},
      {"image.platform = 'windows/amd64'",
       "1:18: `image.platform` is \"windows/amd64\": a box runs images of Linux alone",
       "another system"},
      {"image.digest = 'sha256:" + std::string(64, 'a') + "'", "", "a digest"},
      {"image.digest = 'sha256:12'",
       "1:16: `image.digest` must be \"sha256:\" and 64 lower-case hex digits, not \"sha256:12\"",
       "short"},
      {"image.digest = 'sha256:" + std::string(64, 'A') + "'",
       "1:16: `image.digest` must be \"sha256:\" and 64 lower-case hex digits, not \"sha256:" +
           std::string(64, 'A') + "\"",
       "upper case"},
      {"image.source = 'rootfs:'", "1:16: `image.source`: nothing follows `rootfs:`", "no tree"},
      {"image.source = 'rootfs:${x}'",
       "1:16: `image.source`: unknown variable `${x}`; `$$` is a literal `$`", "a variable"},
      {"image.source = 'rotfs:/x'",
       "1:16: `image.source` must be " + forms +
           "not \"rotfs:/x\"; "
           "did you mean "
           "`rootfs:`?",
       "misspelt"},
      {"image.source = 'docker:gcc'",
       "1:16: `image.source` must be " + forms +
           "not \"docker:gcc\"; "
           "did you mean "
           "`docker://`?",
       "slashes forgotten"},
      {"image.source = 'gcc'", "1:16: `image.source` must be " + forms + "not \"gcc\"", "no form"},
      {"image.source = '~/trees/x'",
       "1:16: `image.source` must be " + forms +
           "not \"~/trees/x\"; "
           "did you mean "
           "`rootfs:~/trees/x`?",
       "a path alone"},
      {"image.source = ''", "1:16: `image.source` must be " + forms + "not \"\"", "empty"},
      {"image.source = 'docker://gcc:12'", "", "an image of Docker Hub"},
      {"image.source = 'docker://localhost:5000/team/tool@sha256:" + std::string(64, 'a') + "'", "",
       "an image by its digest"},
      {"image.source = 'oci:images/tool:1.2'", "", "a layout and a name in it"},
      {"image.source = 'oci-archive:~/tool.tar'", "", "a layout's archive"},
      {"image.source = 'docker-archive:tool.tar'", "", "what docker save wrote"},
      {"image.source = 'oci:'", "1:16: `image.source`: nothing follows `oci:`", "no layout"},
  });
}

TEST_CASE("a suite of Debian is one word of a command") {
  const std::string no_suite = " is no suite of Debian; \"debian:bookworm\" is one";
  const auto refused = [&](const std::string& suite) {
    return "1:16: `image.source`: \"" + suite + "\"" + no_suite;
  };
  check_all({
      {"image.source = 'debian:bookworm'", "", "a suite"},
      {"image.source = 'debian:bookworm-backports'", "", "with a hyphen"},
      {"image.source = 'debian:'", "1:16: `image.source`: nothing follows `debian:`", "none"},
      {"image.source = 'debian:Bookworm'", refused("Bookworm"), "upper case"},
      {"image.source = 'debian:-o'", refused("-o"), "an option"},
      {"image.source = 'debian:x'", refused("x"), "one letter"},
      {"image.source = 'debian:a b'", refused("a b"), "two words"},
      {"image.source = 'debian:a;b'", refused("a;b"), "a command"},
      {"image.source = 'debian:../x'", refused("../x"), "a path"},
      {"image.source = 'debin:bookworm'",
       "1:16: `image.source` must be " + forms + "not \"debin:bookworm\"; did you mean `debian:`?",
       "misspelt"},
  });
}

TEST_CASE("a package's name is one word of a command") {
  const auto refused = [](const std::string& name) {
    return "1:19: an entry of `image.packages` must name packages, such as \"g++\", not \"" + name +
           "\"";
  };
  check_all({
      {"image.packages = ['g++', 'libstdc++6', 'libperl5.36', 'x264']", "", "names"},
      {"image.packages = ['-y']", refused("-y"), "an option"},
      {"image.packages = ['g++=12']", refused("g++=12"), "a version"},
      {"image.packages = ['gcc:i386']", refused("gcc:i386"), "an architecture"},
      {"image.packages = ['gcc-']", refused("gcc-"), "apt would leave it out"},
      {"image.packages = ['GCC']", refused("GCC"), "upper case"},
      {"image.packages = ['a b']", refused("a b"), "two words"},
      {"image.packages = ['a,b']", refused("a,b"), "two names in one"},
      {"image.packages = ['$(x)']", refused("$(x)"), "a command"},
      {"image.packages = ['?x']", refused("?x"), "a pattern of apt's"},
      {"image.packages = ['']", refused(""), "empty"},
      {"image.packages = ['+x']", refused("+x"), "a sign first"},
      {"image.packages = 'gcc'", "1:18: `image.packages` must be an array of strings, not a string",
       "no list"},
  });
}

TEST_CASE("paths inside the box become absolute and hold no NUL") {
  check_all({
      {"workspace.target = '${home}/src'", "", "a variable"},
      {"workspace.target = 'src'",
       "1:20: `workspace.target` must be \"same\" or an absolute path, not \"src\"", "relative"},
      {"workspace.target = '/'", "1:20: `workspace.target` must not be \"/\"", "the root"},
      {"workspace.target = '/a/../..'", "1:20: `workspace.target` must not climb with \"..\"",
       "climbs"},
      {"shell.cwd = '/'", "", "the root is a directory to be in"},
      {"shell.cwd = 'src'", "1:13: `shell.cwd` must be \"same\" or an absolute path, not \"src\"",
       "relative"},
      {"shell.cwd = \"/a\\u0000\"", "1:13: `shell.cwd` must not hold a NUL character", "NUL"},
      {"shell.cwd = '~joe'",
       "1:13: `shell.cwd`: `~` is this user's home alone; \"~joe\" names another",
       "another user's home"},
      {"shell.program = 'zsh'",
       "1:17: `shell.program` must be \"auto\" or an absolute path, not \"zsh\"", "a bare name"},
      {"shell.program = ''", "1:17: `shell.program` must not be empty", "empty"},
      {"env.path.prepend = ['bin']",
       "1:21: an entry of `env.path.prepend` must be an absolute path, not \"bin\"",
       "a relative PATH is a trap"},
      {"env.path.prepend = ['/a:/b']",
       "1:21: an entry of `env.path.prepend` must be one directory, not \"/a:/b\": \":\" separates "
       "two",
       "two"},
      {"env.path.prepend = ['${env:X}/bin']", "", "the colon of a variable"},
      {"env.files = ['']", "1:14: an entry of `env.files` must not be empty", "empty"},
      {"env.files = [\"\\u0000\"]", "1:14: an entry of `env.files` must not hold a NUL character",
       "NUL"},
  });
}

TEST_CASE("a variable that does not exist is refused") {
  check_all({
      {"env.set.A = '${projct}'",
       "1:13: `env.set.A`: unknown variable `${projct}`; did you mean `${project}`?", "misspelt"},
      {"env.set.A = '${CC}'",
       "1:13: `env.set.A`: unknown variable `${CC}`; did you mean `${env:CC}`?", "a shell's"},
      {"env.set.A = '${home'", "1:13: `env.set.A`: `${` without its `}`", "no end"},
      {"env.set.A = '${env:}'",
       "1:13: `env.set.A`: `${env:}` does not name a variable; write `${env:NAME}`", "no name"},
      {"env.set.A = '${env:A=B}'",
       "1:13: `env.set.A`: `${env:A=B}` does not name a variable; write `${env:NAME}`",
       "no name either"},
      {"env.set.A = '${}'", "1:13: `env.set.A`: unknown variable `${}`; `$$` is a literal `$`",
       "nothing"},
      {"env.set.PS1 = '$ $$ $x'", "", "other dollars"},
  });
}

TEST_CASE("shared paths stay below the home directory") {
  const std::string relative = " must be relative to the home directory";
  check_all({
      {"home.share.'.cache/ccache' = 'rw'", "", "below"},
      {"home.share.'..data' = 'rw'", "", "a name that begins with two dots"},
      {"home.share.'' = 'rw'", "1:12: `home.share.\"\"` must not be empty", "empty"},
      {"home.share.'/etc' = 'rw'", "1:12: `home.share.\"/etc\"`" + relative, "absolute"},
      {"home.share.'~/x' = 'rw'", "1:12: `home.share.\"~/x\"`" + relative, "a tilde"},
      {"home.share.'a/../../b' = 'rw'",
       "1:12: `home.share.\"a/../../b\"` must not climb with \"..\"", "climbs"},
      {"home.share.'./' = 'rw'", "1:12: `home.share.\"./\"` must not be the home directory itself",
       "all of it"},
      {"home.share.'${env:X}' = 'rw'",
       "1:12: `home.share.\"${env:X}\"` must be plain: it takes no variables", "a variable"},
      {"home.share.\"a\\u0000\" = 'rw'",
       "1:12: `home.share.\"a\\x00\"` must not hold a NUL character", "NUL"},
      {"[home.share]\n'a/b' = 'ro'\n'a//b/' = 'rw'",
       "3:1: `home.share.\"a//b/\"` is the same path as `home.share.\"a/b\"` on line 2", "twice"},
  });
}

TEST_CASE("environment names and values can be handed to a program") {
  check_all({
      {"env.set.'' = 'x'", "1:9: `env.set.\"\"` must not be empty", "no name"},
      {"env.set.'A=B' = 'x'", "1:9: `env.set.\"A=B\"` must not hold a \"=\"", "an equals sign"},
      {"env.set.\"A\\u0000\" = 'x'", "1:9: `env.set.\"A\\x00\"` must not hold a NUL character",
       "NUL"},
      {"env.set.A = \"x\\u0000\"", "1:13: `env.set.A` must not hold a NUL character",
       "NUL in the value"},
      {"env.set.A = ''", "", "an empty value is a value"},
      {"env.pass = ['']", "1:13: an entry of `env.pass` must not be empty", "no pattern"},
      {"env.pass = ['A=B']", "1:13: an entry of `env.pass` must not hold a \"=\"", "an assignment"},
      {"env.pass = [\"A\\u0000\"]", "1:13: an entry of `env.pass` must not hold a NUL character",
       "NUL"},
  });
}

TEST_CASE("a capability is one that Linux has") {
  check_all({
      {"security.capabilities = ['CAP_SYS_PTRACE', 'net_raw', 'Cap_Bpf']", "", "prefix and case"},
      {"security.capabilities = ['sys_ptrac']",
       "1:26: an entry of `security.capabilities` must be a Linux capability, not \"sys_ptrac\"; "
       "did you mean "
       "\"sys_ptrace\"?",
       "misspelt"},
      {"security.capabilities = ['cap_']",
       "1:26: an entry of `security.capabilities` must be a Linux capability, not \"cap_\"",
       "a prefix alone"},
      {"security.capabilities = ['all']",
       "1:26: an entry of `security.capabilities` must be a Linux capability, not \"all\"",
       "no such word"},
  });
}

TEST_CASE("all mistakes of meaning are told at once, in the order of the lines") {
  CHECK(mistakes_of(
            "[workspace]\nmode = 1\n[image]\nroot = 'x'\ntype = 1\n[shell]\nlogin = 'no'\n") ==
        "devbox.toml:2:8: `workspace.mode` must be a string, not an integer\n"
        "devbox.toml:4:8: `image.root` must be \"read-only\", \"ephemeral\" or \"persistent\", not "
        "\"x\"\n"
        "devbox.toml:5:1: unknown key `image.type`\n"
        "devbox.toml:7:9: `shell.login` must be true or false, not a string");
}

}  // namespace
}  // namespace devbox::profile
