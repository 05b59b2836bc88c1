// Every key of the format: its right type, a wrong one, and its misspelt neighbour.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "profile_testing.hpp"

namespace devbox::profile {
namespace {

using testing::load_text;
using testing::mistakes_of;

struct Row {
  std::string key;     // as known_keys() has it
  std::string before;  // lines up to the key's
  std::string name;    // as written on its line
  std::string right;
  std::string wrong;      // of another type
  std::string complaint;  // about `wrong`
  bool supported = true;  // whether `right` is carried out today
};

const std::string kMount = "[mounts.'/x']\ntype = 'bind'\nsource = '/s'\n";
const std::string kTask = "[tasks.release]\nrun = 'make'\n";

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {"schema", "", "schema", "1", "'1'", "`schema` must be an integer, not a string"},
      {"name", "", "name", "'cpp'", "1", "`name` must be a string, not an integer"},
      {"description", "", "description", "'C++'", "[]",
       "`description` must be a string, not an array"},
      {"extends", "", "extends", "[]", "'base'",
       "`extends` must be an array of strings, not a string"},

      {"image.source", "[image]\n", "source", "'host'", "1",
       "`image.source` must be a string, not an integer"},
      {"image.digest", "[image]\n", "digest", "'sha256:" + std::string(64, 'a') + "'", "1.5",
       "`image.digest` must be a string, not a float"},
      {"image.platform", "[image]\n", "platform", "'linux/amd64'", "true",
       "`image.platform` must be a string, not a boolean"},
      {"image.packages", "[image]\n", "packages", "['g++']", "'g++'",
       "`image.packages` must be an array of strings, not a string"},
      {"image.root", "[image]\n", "root", "'read-only'", "false",
       "`image.root` must be a string, not a boolean"},
      {"image.setup.run", "[[image.setup]]\n", "run", "'true'", "1",
       "`image.setup.run` must be a string, not an integer", false},
      {"image.setup.network", "[[image.setup]]\n", "network", "true", "'yes'",
       "`image.setup.network` must be true or false, not a string", false},
      {"image.setup.inputs", "[[image.setup]]\n", "inputs", "['a']", "'a'",
       "`image.setup.inputs` must be an array of strings, not a string", false},

      {"ids.map", "[ids]\n", "map", "'auto'", "1000", "`ids.map` must be a string, not an integer"},

      {"workspace.target", "[workspace]\n", "target", "'/src'", "{}",
       "`workspace.target` must be a string, not a table"},
      {"workspace.mode", "[workspace]\n", "mode", "'ro'", "1",
       "`workspace.mode` must be a string, not an integer"},

      {"home.mode", "[home]\n", "mode", "'host'", "true",
       "`home.mode` must be a string, not a boolean"},
      {"home.share.PATH", "[home.share]\n", "'.gitconfig'", "'ro'", "true",
       "`home.share.\".gitconfig\"` must be a string, not a boolean"},

      {"mounts.TARGET.type", "[mounts.'/x']\n", "type", "'mask'", "1",
       "`mounts.\"/x\".type` must be a string, not an integer"},
      {"mounts.TARGET.source", "[mounts.'/x']\n", "source", "'/s'", "[]",
       "`mounts.\"/x\".source` must be a string, not an array"},
      {"mounts.TARGET.content", "[mounts.'/x']\ntype = 'file'\n", "content", "'text'", "1",
       "`mounts.\"/x\".content` must be a string, not an integer"},
      {"mounts.TARGET.mode", kMount, "mode", "'rw'", "1",
       "`mounts.\"/x\".mode` must be a string, not an integer"},
      {"mounts.TARGET.optional", kMount, "optional", "true", "'true'",
       "`mounts.\"/x\".optional` must be true or false, not a string"},
      {"mounts.TARGET.size", "[mounts.'/x']\ntype = 'tmpfs'\n", "size", "'64MiB'", "64",
       "`mounts.\"/x\".size` must be a string, not an integer"},

      {"env.pass", "[env]\n", "pass", "['LC_*']", "'LANG'",
       "`env.pass` must be an array of strings, not a string"},
      {"env.set.NAME", "[env.set]\n", "CC", "'gcc'", "1",
       "`env.set.CC` must be a string, not an integer"},
      {"env.files", "[env]\n", "files", "['.env']", "'.env'",
       "`env.files` must be an array of strings, not a string"},
      {"env.path.prepend", "[env.path]\n", "prepend", "['/opt/bin']", "'/opt/bin'",
       "`env.path.prepend` must be an array of strings, not a string"},

      {"shell.program", "[shell]\n", "program", "'/bin/sh'", "1",
       "`shell.program` must be a string, not an integer"},
      {"shell.login", "[shell]\n", "login", "false", "'no'",
       "`shell.login` must be true or false, not a string"},
      {"shell.cwd", "[shell]\n", "cwd", "'same'", "1979-05-27",
       "`shell.cwd` must be a string, not a date"},
      {"shell.integration", "[shell]\n", "integration", "false", "1",
       "`shell.integration` must be true or false, not an integer"},
      {"shell.prompt", "[shell]\n", "prompt", "false", "'mine'",
       "`shell.prompt` must be true or false, not a string"},

      {"network.mode", "[network]\n", "mode", "'none'", "07:32:00",
       "`network.mode` must be a string, not a time"},
      {"network.publish", "[network]\n", "publish", "['80:80']", "80",
       "`network.publish` must be an array of strings, not an integer", false},

      {"limits.memory", "[limits]\n", "memory", "'8GiB'", "8",
       "`limits.memory` must be a string, not an integer"},
      {"limits.memory_high", "[limits]\n", "memory_high", "'7GiB'", "7",
       "`limits.memory_high` must be a string, not an integer"},
      {"limits.swap", "[limits]\n", "swap", "'0'", "0",
       "`limits.swap` must be a string, not an integer"},
      {"limits.cpus", "[limits]\n", "cpus", "1.5", "'1.5'",
       "`limits.cpus` must be a number, not a string"},
      {"limits.cpu_weight", "[limits]\n", "cpu_weight", "100", "1.5",
       "`limits.cpu_weight` must be an integer, not a float"},
      {"limits.cpuset", "[limits]\n", "cpuset", "'0-3'", "3",
       "`limits.cpuset` must be a string, not an integer"},
      {"limits.pids", "[limits]\n", "pids", "4096", "'4096'",
       "`limits.pids` must be an integer, not a string"},
      {"limits.io.path", "[[limits.io]]\nread = '1MiB/s'\n", "path", "'/home'", "1",
       "`limits.io.path` must be a string, not an integer"},
      {"limits.io.read", "[[limits.io]]\npath = '/'\n", "read", "'200MiB/s'", "200",
       "`limits.io.read` must be a string, not an integer"},
      {"limits.io.write", "[[limits.io]]\npath = '/'\n", "write", "'100MiB/s'", "100",
       "`limits.io.write` must be a string, not an integer"},
      {"limits.io.read_ops", "[[limits.io]]\npath = '/'\n", "read_ops", "100", "'100'",
       "`limits.io.read_ops` must be an integer, not a string"},
      {"limits.io.write_ops", "[[limits.io]]\npath = '/'\n", "write_ops", "100", "1.5",
       "`limits.io.write_ops` must be an integer, not a float"},
      {"limits.io_weight", "[limits]\n", "io_weight", "50", "'50'",
       "`limits.io_weight` must be an integer, not a string"},
      {"limits.oom_group", "[limits]\n", "oom_group", "true", "1",
       "`limits.oom_group` must be true or false, not an integer"},
      {"limits.cgroup", "[limits]\n", "cgroup", "'delegated'", "true",
       "`limits.cgroup` must be a string, not a boolean"},
      {"limits.nice", "[limits]\n", "nice", "10", "1.5",
       "`limits.nice` must be an integer, not a float"},
      {"limits.oom_score_adj", "[limits]\n", "oom_score_adj", "500", "'500'",
       "`limits.oom_score_adj` must be an integer, not a string"},
      {"limits.required", "[limits]\n", "required", "false", "'no'",
       "`limits.required` must be true or false, not a string"},

      {"rlimits.NAME", "[rlimits]\n", "nofile", "'1024:4096'", "1024",
       "`rlimits.nofile` must be a string, not an integer"},

      {"security.seccomp", "[security]\n", "seccomp", "'strict'", "true",
       "`security.seccomp` must be a string, not a boolean"},
      {"security.capabilities", "[security]\n", "capabilities", "['sys_ptrace']", "'sys_ptrace'",
       "`security.capabilities` must be an array of strings, not a string"},

      {"integrations.ssh_agent", "[integrations]\n", "ssh_agent", "false", "1",
       "`integrations.ssh_agent` must be true, false or \"auto\", not an integer"},
      {"integrations.gpg_agent", "[integrations]\n", "gpg_agent", "false", "1",
       "`integrations.gpg_agent` must be true, false or \"auto\", not an integer"},
      {"integrations.wayland", "[integrations]\n", "wayland", "false", "1",
       "`integrations.wayland` must be true, false or \"auto\", not an integer"},
      {"integrations.x11", "[integrations]\n", "x11", "false", "1",
       "`integrations.x11` must be true, false or \"auto\", not an integer"},
      {"integrations.audio", "[integrations]\n", "audio", "false", "1",
       "`integrations.audio` must be true, false or \"auto\", not an integer"},
      {"integrations.dbus", "[integrations]\n", "dbus", "'auto'", "1",
       "`integrations.dbus` must be true, false or \"auto\", not an integer"},
      {"integrations.dri", "[integrations]\n", "dri", "true", "1",
       "`integrations.dri` must be true, false or \"auto\", not an integer"},
      {"integrations.devices", "[integrations]\n", "devices", "['/dev/kvm']", "'/dev/kvm'",
       "`integrations.devices` must be an array of strings, not a string"},
      {"integrations.git_identity", "[integrations]\n", "git_identity", "true", "[]",
       "`integrations.git_identity` must be true, false or \"auto\", not an array"},
      {"integrations.ca_certificates", "[integrations]\n", "ca_certificates", "false", "1",
       "`integrations.ca_certificates` must be true, false or \"auto\", not an integer"},
      {"integrations.timezone", "[integrations]\n", "timezone", "false", "1",
       "`integrations.timezone` must be true, false or \"auto\", not an integer"},
      {"integrations.terminfo", "[integrations]\n", "terminfo", "'auto'", "1",
       "`integrations.terminfo` must be true, false or \"auto\", not an integer"},

      {"tasks.NAME.description", kTask, "description", "'x'", "1",
       "`tasks.release.description` must be a string, not an integer"},
      {"tasks.NAME.run", "[tasks.release]\n", "run", "['make', '']", "true",
       "`tasks.release.run` must be a string or an array of strings, not a boolean"},
      {"tasks.NAME.needs", kTask, "needs", "[]", "'release'",
       "`tasks.release.needs` must be an array of strings, not a string"},
      {"tasks.NAME.inputs", kTask, "inputs", "['*.c']", "'*.c'",
       "`tasks.release.inputs` must be an array of strings, not a string"},
      {"tasks.NAME.outputs", kTask, "outputs", "['a']", "'a'",
       "`tasks.release.outputs` must be an array of strings, not a string"},
      {"tasks.NAME.env.NAME", kTask + "[tasks.release.env]\n", "CC", "'gcc ${x'", "1",
       "`tasks.release.env.CC` must be a string, not an integer"},
      {"tasks.NAME.cwd", kTask, "cwd", "'src'", "[]",
       "`tasks.release.cwd` must be a string, not an array"},
      {"tasks.NAME.hermetic", kTask, "hermetic", "false", "'no'",
       "`tasks.release.hermetic` must be true or false, not a string"},
      {"tasks.NAME.untracked", kTask, "untracked", "true", "1",
       "`tasks.release.untracked` must be true or false, not an integer"},
      {"tasks.NAME.cache", kTask, "cache", "['ccache']", "'ccache'",
       "`tasks.release.cache` must be an array of strings, not a string"},
      {"tasks.NAME.build_path", kTask, "build_path", "'/build'", "false",
       "`tasks.release.build_path` must be a string, not a boolean"},

      {"editor.shims", "[editor]\n", "shims", "['gcc', 'clang++-14']", "'gcc'",
       "`editor.shims` must be an array of strings, not a string"},
      {"editor.language_servers", "[editor]\n", "language_servers", "['clangd']", "true",
       "`editor.language_servers` must be an array of strings, not a boolean"},
  };
  return table;
}

std::string line_of(const Row& row, const std::string& name, const std::string& value) {
  return row.before + name + " = " + value + "\n";
}

unsigned line_number(const Row& row) {
  return 1 + static_cast<unsigned>(std::count(row.before.begin(), row.before.end(), '\n'));
}

TEST_CASE("the table of this test has every key that the validator knows") {
  std::set<std::string> tested;
  for (const Row& row : rows()) tested.insert(row.key);
  const std::vector<std::string> known = known_keys();
  CHECK(tested == std::set<std::string>(known.begin(), known.end()));
  CHECK(std::is_sorted(known.begin(), known.end()));
}

TEST_CASE(
    "a value of the right type is accepted, or refused as not supported yet and for nothing else") {
  for (const Row& row : rows()) {
    CAPTURE(row.key);
    const Loaded loaded = load_text(line_of(row, row.name, row.right));
    if (row.supported) {
      CHECK(describe(loaded.mistakes).empty());
      continue;
    }
    REQUIRE(loaded.mistakes.size() == 1);
    CHECK(loaded.mistakes[0].message.ends_with(": not supported yet"));
  }
}

TEST_CASE("a value of a wrong type is refused where it stands and not converted") {
  for (const Row& row : rows()) {
    CAPTURE(row.key);
    const Loaded loaded = load_text(line_of(row, row.name, row.wrong));
    const auto is_complaint = [&](const Mistake& mistake) {
      return mistake.message == row.complaint;
    };
    const auto found = std::find_if(loaded.mistakes.begin(), loaded.mistakes.end(), is_complaint);
    REQUIRE_MESSAGE(found != loaded.mistakes.end(), describe(loaded.mistakes));
    CHECK(found->at.line == line_number(row));
    CHECK(found->at.column == row.name.size() + 4);  // behind " = "
  }
}

TEST_CASE("a misspelt key names its neighbour and its own place") {
  for (const Row& row : rows()) {
    if (row.key.ends_with(".NAME") || row.key.ends_with(".PATH")) continue;
    CAPTURE(row.key);
    const Loaded loaded = load_text(line_of(row, row.name + "q", row.right));
    const std::string shown = row.complaint.substr(1, row.complaint.find('`', 1) - 1);
    const std::string expected = "unknown key `" + shown + "q`; did you mean `" + shown + "`?";
    const auto is_expected = [&](const Mistake& mistake) { return mistake.message == expected; };
    const auto found = std::find_if(loaded.mistakes.begin(), loaded.mistakes.end(), is_expected);
    REQUIRE_MESSAGE(found != loaded.mistakes.end(), describe(loaded.mistakes));
    CHECK(found->at.line == line_number(row));
    CHECK(found->at.column == 1);
  }
}

TEST_CASE("an unknown key is told with its place, and with a neighbour only where one is near") {
  struct Unknown {
    std::string toml, message, reason;
  };
  const Unknown table[] = {
      {"\n\nworkspce = 1\n", "devbox.toml:3:1: unknown key `workspce`; did you mean `workspace`?",
       "a table"},
      {"kernel = 1\n", "devbox.toml:1:1: unknown key `kernel`", "nothing is near"},
      {"workspace.mod = 'rw'\n",
       "devbox.toml:1:11: unknown key `workspace.mod`; did you mean `workspace.mode`?",
       "a dotted key"},
      {"'workspace.mode' = 'rw'\n", "devbox.toml:1:1: unknown key `\"workspace.mode\"`",
       "a quoted key with a dot is one key"},
      {"'' = 1\n", "devbox.toml:1:1: unknown key `\"\"`", "an empty key"},
      {"\"\\u001b[31m\" = 1\n", "devbox.toml:1:1: unknown key `\"\\x1b[31m\"`",
       "an escape sequence"},
      {"[tasks]\nNAME.rum = 'x'\n",
       "devbox.toml:2:6: unknown key `tasks.NAME.rum`; did you mean `tasks.NAME.run`?",
       "a name in capitals is a name"},
      {"PATH = 1\n", "devbox.toml:1:1: unknown key `PATH`",
       "a wildcard's name is no key elsewhere"},
      {"[[image.setup]]\nrun = 'x'\nnetwrk = true\n",
       "devbox.toml:1:9: `image.setup`: not supported yet\n"
       "devbox.toml:3:1: unknown key `image.setup.netwrk`; did you mean `image.setup.network`?",
       "in an array of tables"},
  };
  for (const Unknown& unknown : table) {
    CAPTURE(unknown.reason);
    CHECK(mistakes_of(unknown.toml) == unknown.message);
  }
}

TEST_CASE("a long key is cut in the message") {
  const std::string message = mistakes_of(std::string(1000, 'k') + " = 1");
  CHECK(message == "devbox.toml:1:1: unknown key `" + std::string(100, 'k') + "…`");
}

TEST_CASE("a table in place of a value, and a value in place of a table, are refused") {
  CHECK(mistakes_of("image = 'host'") == "devbox.toml:1:9: `image` must be a table, not a string");
  CHECK(mistakes_of("[[workspace]]") ==
        "devbox.toml:1:1: `workspace` must be a table, not an array");
  CHECK(mistakes_of("mounts = []") == "devbox.toml:1:10: `mounts` must be a table, not an array");
  CHECK(mistakes_of("[mounts]\n'/x' = '/y'") ==
        "devbox.toml:2:8: `mounts.\"/x\"` must be a table, not a string");
  CHECK(mistakes_of("[env]\nset = []\npath = '/bin'") ==
        "devbox.toml:2:7: `env.set` must be a table, not an array\n"
        "devbox.toml:3:8: `env.path` must be a table, not a string");
  CHECK(mistakes_of("[limits]\nio = [1]") ==
        "devbox.toml:2:7: an entry of `limits.io` must be a table, not an integer");
  CHECK(mistakes_of("[shell]\ncwd = 1979-05-27T07:32:00Z") ==
        "devbox.toml:2:7: `shell.cwd` must be a string, not a date-time");
}

TEST_CASE("an entry of another type in an array is refused where it stands") {
  CHECK(mistakes_of("extends = [1]\n[env]\npass = ['A',\n  true]\n") ==
        "devbox.toml:1:12: an entry of `extends` must be a string, not an integer\n"
        "devbox.toml:4:3: an entry of `env.pass` must be a string, not a boolean");
}

}  // namespace
}  // namespace devbox::profile
