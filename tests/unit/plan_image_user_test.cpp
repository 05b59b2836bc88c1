// Who an image's USER is, by the image's own files.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "plan/parts.hpp"

namespace devbox::plan {
namespace {

std::string user_of(const std::string& user) {
  const std::string passwd =
      "root:x:0:0:root:/root:/bin/sh\nnode:x:4321:4322::/home/node:/bin/sh\n"
      "short:x:7\nodd:x:many:7::/:/bin/sh\nlast:x:8:4294967295::/:/bin/sh\n"
      "4000:x:12:13::/:/bin/sh";
  const std::string group = "root:x:0:\nnode:x:4322:\nstaff:x:50:node\nbroken:x:fifty:\n";
  const auto found = image_user(user, passwd, group);
  return found ? fmt::format("{}:{}", found->uid, found->gid) : "nobody";
}

TEST_CASE("an image's USER is a name, a number, or either with a group") {
  struct Row {
    const char* user;
    const char* ids;
    const char* reason;
  };
  const Row rows[] = {
      {"node", "4321:4322", "a name has the group of its line"},
      {"4321", "4321:4322", "so does the number of a line"},
      {"1234", "1234:0", "a number that no line has is in group 0"},
      {"0", "0:0", "root"},
      {"node:staff", "4321:50", "a group by its name"},
      {"node:7", "4321:7", "a group by its number"},
      {"1234:5678", "1234:5678", "both by number, and in no file"},
      {"1234:staff", "1234:50", "a number in a group with a name"},
      {"4000", "4000:0", "a number is a number, where a user has it for a name"},
      {"nobody-knows", "nobody", "no line has the name"},
      {"node:nobody-knows", "nobody", "no line has the group"},
      {"node:", "nobody", "no group follows the colon"},
      {":50", "nobody", "no user before it"},
      {"short", "nobody", "a line that ends early"},
      {"odd", "nobody", "a line whose uid is no number"},
      {"last", "nobody", "4294967295 is no id"},
      {"4294967295", "nobody", "here too"},
      {"4294967296", "nobody", "larger than an id"},
      {"-1", "nobody", "no id is negative"},
      {"12a", "nobody", "neither a number nor a name in the file"},
      {"node:broken", "nobody", "a group whose gid is no number"},
      {"nod", "nobody", "the beginning of a name"},
  };
  for (const Row& row : rows) CHECK_MESSAGE(user_of(row.user) == row.ids, row.reason);
}

TEST_CASE("where the image has no files, numbers are still somebody") {
  CHECK_FALSE(image_user("node", "", ""));
  const auto found = image_user("12:13", "", "");
  REQUIRE(found);
  CHECK(found->uid == 12);
  CHECK(found->gid == 13);
}

}  // namespace
}  // namespace devbox::plan
