// Which mounts a profile may ask for.
#include <doctest/doctest.h>

#include <string>

#include "profile_testing.hpp"

namespace devbox::profile {
namespace {

using testing::load_text;
using testing::mistakes_of;

TEST_CASE("a target that cannot become an absolute path below the root is refused") {
  struct Row {
    std::string key, complaint, reason;
  };
  const Row rows[] = {
      {"'/opt/sdk'", "", "absolute"},
      {"'~/sdk'", "", "at home"},
      {"'~'", "", "home itself"},
      {"'${project}/sdk'", "", "a variable"},
      {"'/opt/..sdk'", "", "two dots in a name"},
      {"opt", "`mounts.opt` must be an absolute path, not \"opt\"", "relative"},
      {"'$x/sdk'", "`mounts.\"$x/sdk\"` must be an absolute path, not \"$x/sdk\"", "no variable"},
      {"'/'", "`mounts.\"/\"` must not be \"/\"", "the root"},
      {"'//./'", "`mounts.\"//./\"` must not be \"/\"", "the root, disguised"},
      {"'/opt/../../etc'", "`mounts.\"/opt/../../etc\"` must not climb with \"..\"", "climbs"},
      {"'${home}/..'", "`mounts.\"${home}/..\"` must not climb with \"..\"",
       "climbs from a variable"},
      {"\"/a\\u0000b\"", "`mounts.\"/a\\x00b\"` must not hold a NUL character", "NUL"},
      {"''", "`mounts.\"\"` must not be empty", "empty"},
      {"'${hom}/x'", "`mounts.\"${hom}/x\"`: unknown variable `${hom}`; did you mean `${home}`?",
       "misspelt"},
      {"'~root/x'",
       "`mounts.\"~root/x\"`: `~` is this user's home alone; \"~root/x\" names another",
       "another user's home"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    const std::string expected = row.complaint.empty() ? "" : "devbox.toml:1:9: " + row.complaint;
    CHECK(mistakes_of("[mounts." + row.key + "]\ntype = 'mask'\n") == expected);
  }
}

TEST_CASE("two keys that are one target are a mistake that names both") {
  CHECK(
      mistakes_of("[mounts.'/opt/sdk']\ntype = 'mask'\n[mounts.'/opt//sdk/']\ntype = 'tmpfs'\n") ==
      "devbox.toml:3:9: `mounts.\"/opt//sdk/\"` is the same target as `mounts.\"/opt/sdk\"` on "
      "line 1");
  CHECK(mistakes_of("[mounts.'/opt//sdk/']\ntype = 'mask'\n[mounts.'/opt/sdk']\ntype = 'mask'\n") ==
        "devbox.toml:3:9: `mounts.\"/opt/sdk\"` is the same target as `mounts.\"/opt//sdk/\"` on "
        "line 1");
}

TEST_CASE("two keys are one target where the profile's directory makes them so") {
  const Loaded loaded =
      load_text("[mounts.'${profile_dir}/x']\ntype = 'mask'\n[mounts.'/p/x']\ntype = 'mask'\n");
  CHECK(describe(loaded.mistakes) ==
        "/p/devbox.toml:3:9: `mounts.\"/p/x\"` is the same target as `mounts.\"${profile_dir}/x\"` "
        "on line 1");
  const Loaded root = load_text("[mounts.'${profile_dir}']\ntype = 'mask'\n", "/devbox.toml");
  CHECK(describe(root.mistakes) ==
        "/devbox.toml:1:9: `mounts.\"${profile_dir}\"` must not be \"/\"");
}

TEST_CASE("each type of mount takes its own keys alone") {
  struct Row {
    std::string body, complaint, reason;
  };
  const std::string bind = ": a mount of type \"bind\" takes `source`, `mode` and `optional` alone";
  const std::string tmpfs = ": a mount of type \"tmpfs\" takes `size` and `mode` alone";
  const Row rows[] = {
      {"source = '/s'", "", "bind is the default"},
      {"type = 'bind'\nsource = '/s'\nmode = 'rw'\noptional = true", "", "a whole bind"},
      {"type = 'bind'", "1:9: `mounts.\"/x\"` needs `source`: its type is \"bind\"",
       "a bind of nothing"},
      {"mode = 'rw'", "1:9: `mounts.\"/x\"` needs `source`: its type is \"bind\"",
       "the default needs it too"},
      {"source = '/s'\nsize = '1MiB'", "3:1: `mounts.\"/x\".size`" + bind, "size of a bind"},
      {"source = '/s'\ncontent = 'x'", "3:1: `mounts.\"/x\".content`" + bind, "content of a bind"},
      {"type = 'tmpfs'", "", "a bare tmpfs"},
      {"type = 'tmpfs'\nsize = '64MiB'\nmode = 'ro'", "", "a whole tmpfs"},
      {"type = 'tmpfs'\nsource = '/s'", "3:1: `mounts.\"/x\".source`" + tmpfs, "source of a tmpfs"},
      {"type = 'tmpfs'\noptional = true", "3:1: `mounts.\"/x\".optional`" + tmpfs,
       "it is always there"},
      {"type = 'tmpfs'\nsize = '0'", "3:8: `mounts.\"/x\".size` must be more than 0",
       "to the kernel 0 is no limit (tmpfs(5))"},
      {"type = 'tmpfs'\nsize = 'big'",
       "3:8: `mounts.\"/x\".size` must be such as \"64MiB\", not \"big\"", "a word"},
      {"type = 'file'\ncontent = ''", "", "an empty file"},
      {"type = 'file'", "1:9: `mounts.\"/x\"` needs `content`: its type is \"file\"",
       "a file of nothing"},
      {"type = 'file'\ncontent = ''\nmode = 'rw'",
       "4:1: `mounts.\"/x\".mode`: a mount of type \"file\" takes `content` alone",
       "mode of a file"},
      {"type = 'symlink'\nsource = '../y'", "", "a link"},
      {"type = 'symlink'", "1:9: `mounts.\"/x\"` needs `source`: its type is \"symlink\"",
       "a link to nothing"},
      {"type = 'symlink'\nsource = ''", "3:10: `mounts.\"/x\".source` must not be empty",
       "symlink(2), ENOENT"},
      {"type = 'mask'", "", "a mask"},
      {"type = 'mask'\nmode = 'ro'",
       "3:1: `mounts.\"/x\".mode`: a mount of type \"mask\" takes no other key", "mode of a mask"},
      {"type = 'bind'\nsorce = '/s'",
       "3:1: unknown key `mounts.\"/x\".sorce`; did you mean `mounts.\"/x\".source`?",
       "a misspelt key is not missing as well"},
      {"type = 'volume'\nsize = '1GiB'",
       "2:8: `mounts.\"/x\".type`: \"volume\" is not supported yet", "its keys are not known yet"},
      {"type = 'tmpfs'\nsize = 1\nsource = '/s'",
       "3:8: `mounts.\"/x\".size` must be a string, not an integer\n"
       "devbox.toml:4:1: `mounts.\"/x\".source`" +
           tmpfs,
       "two mistakes at once"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    const std::string expected = row.complaint.empty() ? "" : "devbox.toml:" + row.complaint;
    CHECK(mistakes_of("[mounts.'/x']\n" + row.body + "\n") == expected);
  }
}

}  // namespace
}  // namespace devbox::profile
