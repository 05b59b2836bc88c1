#include <doctest/doctest.h>

#include <cerrno>
#include <set>
#include <utility>

#include "host/failure.hpp"

namespace devbox::host {

using kernel::Step;

TEST_CASE("no row of the hints hides behind another, and none is empty") {
  std::set<std::pair<Step, int>> seen;
  for (const Hint& hint : hints()) {
    CHECK_MESSAGE(seen.emplace(hint.step, hint.err).second,
                  kernel::describe(hint.step) << " with " << hint.err << " is there twice");
    CHECK(hint.text.size() > 10);
    CHECK(hint.text.back() != '.');
  }
}

TEST_CASE("every step has words of its own") {
  std::set<std::string> words;
  for (int step = static_cast<int>(Step::none); step <= static_cast<int>(Step::handshake); ++step) {
    const std::string text = kernel::describe(static_cast<Step>(step));
    CHECK_MESSAGE((words.insert(text).second || text == "open"), text);
    CHECK(text != "start.");
  }
}

TEST_CASE("a failed step says what was tried, on what, why, and what to do") {
  struct Row {
    Step step;
    int err;
    const char* subject;
    const char* message;
    const char* hint;
    const char* reason;
  };
  const Row rows[] = {
      {Step::move_mount, ENOSPC, "/opt/x", "cannot mount on /opt/x: No space left on device",
       "the fs.mount-max limit is reached; the disk is not full", "ENOSPC of a mount is no disk"},
      {Step::open_target, ELOOP, "/data/x",
       "cannot reach, inside the box, /data/x: Too many levels of symbolic links",
       "a symbolic link lies on the way; name the place that it leads to",
       "a link of the image must not be followed by a mount"},
      {Step::working_directory, ENOENT, "/a\x1b[2J",
       "cannot enter the working directory /a\\x1b[2J: No such file or directory",
       "there is no such directory inside the box; `--cwd` names another",
       "a path from elsewhere reaches the terminal escaped"},
      {Step::make_symlink, EROFS, "/x", "cannot make the link /x: Read-only file system",
       "the file system is read-only; name a place that can be written",
       "what has no row of its own gets the errno's"},
  };
  for (const Row& row : rows) {
    const Error error = failure(row.step, row.err, row.subject);
    CHECK_MESSAGE(error.message() == row.message, row.reason);
    CHECK_MESSAGE(error.hint() == row.hint, row.reason);
  }
}

}  // namespace devbox::host
