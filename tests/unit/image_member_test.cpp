#include "image/member.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::image {
namespace {

struct Case {
  std::string why;
  std::string name;
  std::optional<std::string> path;
};

TEST_CASE("the name of a member becomes a path below the tree") {
  const Case cases[] = {
      {"as it is", "usr/bin/cc", "usr/bin/cc"},
      {"tar of a directory writes it so", "./usr/bin/cc", "usr/bin/cc"},
      {"absolute names are stripped, as tar does", "/usr/bin/cc", "usr/bin/cc"},
      {"however many slashes there are", "///usr//bin///cc", "usr/bin/cc"},
      {"a directory's slash at the end", "usr/bin/", "usr/bin"},
      {"dots in the middle", "usr/./bin/./cc/.", "usr/bin/cc"},
      {"the tree itself", ".", ""},
      {"the tree itself", "./", ""},
      {"the tree itself", "/", ""},
      {"the tree itself", "././/.", ""},
      {"three dots are a name", "usr/...", "usr/..."},
      {"a name may begin with two dots", "..usr/..bin", "..usr/..bin"},
      {"and end with them", "usr../bin..", "usr../bin.."},
      {"whiteouts are names in a tar archive", ".wh..wh..opq", ".wh..wh..opq"},
      {"a newline is a name", "a\nb", "a\nb"},
      {"so are bytes that are not UTF-8", "\xff\xfe/\x80", "\xff\xfe/\x80"},
      {"a backslash separates nothing", "..\\..\\etc", "..\\..\\etc"},
      {"the longest name", std::string(255, 'n'), std::string(255, 'n')},
  };
  for (const Case& c : cases) {
    CAPTURE(c.why);
    CAPTURE(c.name);
    CHECK(member_path(c.name) == c.path);
  }
}

TEST_CASE("a name that climbs, or that no file can have, is no path") {
  const Case cases[] = {
      {"above the tree", "..", {}},
      {"above the tree", "../etc/passwd", {}},
      {"above the tree, from its root", "/../etc/passwd", {}},
      {"inside it would stay in the tree, and is refused all the same", "usr/../etc", {}},
      {"at the end", "usr/..", {}},
      {"at the end, with a slash", "usr/../", {}},
      {"after a dot", "./../etc", {}},
      {"after many slashes", "usr////..", {}},
      {"what follows a NUL would not be seen by the kernel", std::string("a\0/../b", 7), {}},
      {"NAME_MAX is 255", std::string(256, 'n'), {}},
      {"NAME_MAX in the middle", "a/" + std::string(256, 'n') + "/b", {}},
      {"PATH_MAX is 4,096 with its NUL", std::string(2048, '/') + std::string(2048, '/'), {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.why);
    CAPTURE(c.name);
    CHECK(member_path(c.name) == c.path);
  }
}

TEST_CASE("a path of 4,095 bytes is one, and of one more is none") {
  std::string path;
  while (path.size() < 4094) path += "a/";
  CHECK(member_path(path + "b") == path + "b");
  CHECK(member_path(path + "bb") == std::nullopt);
}

}  // namespace
}  // namespace devbox::image
