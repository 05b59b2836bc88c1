#include "commands/changes_text.hpp"

#include <doctest/doctest.h>

namespace devbox::commands {
namespace {

using store::WrittenChange;

WrittenChange change(std::string path, std::string kind, std::string type = "file",
                     std::uint64_t size = 0) {
  return {.path = std::move(path),
          .change = std::move(kind),
          .type = std::move(type),
          .size = size,
          .what = {},
          .text = {}};
}

TEST_CASE("each name has a line, as docker diff has it, with its size and what differs") {
  std::vector<WrittenChange> changes = {
      change("/opt", "added", "directory"), change("/opt/tool", "added", "file", 1500),
      change("/etc/hosts", "changed", "file", 612), change("/etc/motd", "deleted")};
  changes[2].what = {"content", "mode"};
  changes[2].text = "0644 is 0755 now";
  CHECK(changes_text(changes) ==
        "A              /opt/\n"
        "A    1.46 KiB  /opt/tool\n"
        "C   612 bytes  /etc/hosts  content, mode (0644 is 0755 now)\n"
        "D              /etc/motd\n");
  CHECK(changes_summary(changes) == "2 added (1.46 KiB), 1 changed (612 bytes), 1 deleted");
}

TEST_CASE("no name that a box has chosen reaches the terminal raw") {
  const std::string text = changes_text({change("/a\x1b[31m\n\xff", "added")});
  CHECK(text == "A     0 bytes  /a\\x1b[31m\\x0a\\xff\n");
}

TEST_CASE("where nothing differs, that is said") {
  CHECK(changes_text({}).empty());
  CHECK(changes_summary({}) == "nothing differs from the image");
}

}  // namespace
}  // namespace devbox::commands
