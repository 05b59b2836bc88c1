#include "cli/elsewhere.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "util/error.hpp"

namespace devbox::cli {
namespace {

struct Said {
  std::string message, hint;
};

Said said_of(std::vector<const char*> words) {
  words.insert(words.begin(), "devbox");
  try {
    static_cast<void>(parse(static_cast<int>(words.size()), words.data()));
  } catch (const Error& error) {
    CHECK(error.kind() == Error::Kind::usage);
    return {error.message(), error.hint()};
  }
  return {};
}

std::string help_of(std::vector<const char*> words) {
  words.insert(words.begin(), "devbox");
  const Invocation said = parse(static_cast<int>(words.size()), words.data());
  const auto* print = std::get_if<Print>(&said);
  return print == nullptr ? "" : print->text;
}

}  // namespace

TEST_CASE("run without -- is told where it belongs, after devbox's own options") {
  const std::pair<std::vector<const char*>, const char*> rows[] = {
      {{"run", "gcc", "x.c"}, "did you mean `devbox run -- gcc x.c`?"},
      {{"run", "-p", "cpp", "ls", "-l"}, "did you mean `devbox run -p cpp -- ls -l`?"},
      {{"run", "--env=A=1", "--trust", "ls"}, "did you mean `devbox run --env=A=1 --trust -- ls`?"},
      {{"run", "sh", "-c", "a b"}, "did you mean `devbox run -- sh -c 'a b'`?"},
      {{"run"}, "did you mean `devbox run -- COMMAND`?"},
      {{"run", "-p"}, "did you mean `devbox run -p -- COMMAND`?"},
      {{"run", "--nonsense", "ls"}, "devbox run [OPTION…] [PROFILE] -- COMMAND [ARGUMENT…]"},
  };
  for (const auto& [words, hint] : rows) {
    const Said said = said_of(words);
    CHECK(said.message == "run wants its command after `--`");
    CHECK(said.hint == hint);
  }
}

TEST_CASE("an option of another tool is told what does the same") {
  const Said volume = said_of({"run", "-v", "/a:/b", "--", "ls"});
  CHECK(volume.message == "there is no option -v");
  CHECK(volume.hint == "`--bind SOURCE:TARGET[:ro]` shows a file or directory of the host");
  CHECK(said_of({"enter", "--workdir=/x"}).hint == "`--cwd DIR` starts there");
  CHECK(said_of({"run", "--rm", "-it", "debian", "bash"}).message == "there is no option --rm");
  CHECK(said_of({"run", "--nonsense", "--", "ls"}).hint == "`devbox run --help` lists the options");
}

TEST_CASE("a verb of another tool is told so") {
  CHECK(said_of({"shell"}).hint == "`devbox enter` opens a shell");
  CHECK(said_of({"kill"}).hint == "`devbox stop BOX` ends a box");
  CHECK(said_of({"entre"}).hint == "did you mean `devbox enter`?");
  CHECK(said_of({"zzzzzzz"}).hint == "`devbox --help` lists the verbs");
}

TEST_CASE("no option or verb of devbox's own is taken for another tool's") {
  for (const VerbOptions& one : all_options()) {
    CHECK_MESSAGE(instead_of_verb(one.verb).empty(), one.verb);
    for (const std::string& option : one.options)
      CHECK_MESSAGE(instead_of_option(option).empty(), option);
  }
}

TEST_CASE("help of a verb is the verb's") {
  CHECK(help_of({"help", "run"}) == help_of({"run", "--help"}));
  CHECK(help_of({"help", "profile", "ls"}) == help_of({"profile", "ls", "--help"}));
  CHECK(help_of({"help"}) == help_of({"--help"}));
  CHECK(help_of({"help", "run"}) != help_of({"help"}));
}

}  // namespace devbox::cli
