#include "host/account.hpp"

#include <doctest/doctest.h>

#include "host_temporary.hpp"

namespace devbox::host {
namespace {

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "dev:x:1000:1000:Dev,,,:/home/dev:/bin/zsh\n"
    "deploy:x:1000:1000::/srv/deploy:/bin/sh\n"
    "bare:x:1001:1001::/home/bare:\n"
    "nohome:x:1002:1002:::/bin/sh\n"
    "+nis:x:1003:1003::/home/nis:/bin/sh\n"
    "broken:x:abc:1::/home/broken:/bin/sh\n"
    "short:x:1004\n"
    "last:x:1005:1005::/home/last:/bin/dash";

std::optional<Account> nobody_knows(std::uint32_t) { return std::nullopt; }

std::optional<Account> must_not_ask(std::uint32_t) {
  FAIL("the name service costs a process and was not needed");
  return std::nullopt;
}

std::optional<Account> directory_server(std::uint32_t uid) {
  return Account{"remote", uid, "/net/home/remote", "/bin/ksh"};
}

using Env = std::map<std::string, std::string>;

TEST_CASE("an account is found by its uid and by its name, in the last line too") {
  CHECK(account_of(kPasswd, 1000)->name == "dev");
  CHECK(account_of(kPasswd, 1005)->shell == "/bin/dash");
  CHECK(account_named(kPasswd, "deploy")->home == "/srv/deploy");
  CHECK_FALSE(account_of(kPasswd, 4242));
  CHECK_FALSE(account_of("", 0));
}

TEST_CASE("lines of another form, and those of NIS, are no accounts") {
  CHECK_FALSE(account_of(kPasswd, 1003));
  CHECK_FALSE(account_of(kPasswd, 1004));
  CHECK_FALSE(account_named(kPasswd, "broken"));
  CHECK_FALSE(account_of("x:x:-1:0::/:/bin/sh", 0xffffffff));
  CHECK_FALSE(account_of("x:x:4294967296:0::/:/bin/sh", 0));
  CHECK_FALSE(account_of(":x:7:0::/:/bin/sh", 7));
}

TEST_CASE("an empty shell is /bin/sh") { CHECK(account_of(kPasswd, 1001)->shell == "/bin/sh"); }

TEST_CASE("a group has the name that the file gives it, or none") {
  CHECK(group_name("root:x:0:\nvideo:x:44:dev\n", 44) == "video");
  CHECK(group_name("root:x:0:", 0) == "root");
  CHECK(group_name("root:x:0:\n", 1).empty());
  CHECK(group_name("bad\x01name:x:5:\n", 5).empty());
}

TEST_CASE("a user whom /etc/passwd knows costs no process") {
  const User user = user_of(1000, {}, kPasswd, must_not_ask);
  CHECK(user.name == "dev");
  CHECK(user.home == "/home/dev");
  CHECK(user.shell == "/bin/zsh");
}

TEST_CASE("of two names for one uid the environment chooses, and home and shell go with it") {
  const User user = user_of(1000, Env{{"USER", "deploy"}}, kPasswd, must_not_ask);
  CHECK(user.name == "deploy");
  CHECK(user.home == "/srv/deploy");
  CHECK(user.shell == "/bin/sh");
}

TEST_CASE("a USER that is left over from another user is not believed") {
  CHECK(user_of(0, Env{{"USER", "dev"}, {"LOGNAME", "dev"}}, kPasswd, must_not_ask).name == "root");
  CHECK(user_of(1000, Env{{"USER", "stranger"}}, kPasswd, must_not_ask).name == "dev");
  // Nobody knows 5000, but dev is somebody else.
  CHECK(user_of(5000, Env{{"USER", "dev"}, {"HOME", "/h"}}, kPasswd, nobody_knows).name == "5000");
}

TEST_CASE("LOGNAME serves where USER does not") {
  CHECK(user_of(5000, Env{{"LOGNAME", "ann"}, {"HOME", "/h"}}, kPasswd, must_not_ask).name ==
        "ann");
  CHECK(
      user_of(5000, Env{{"USER", "dev"}, {"LOGNAME", "ann"}, {"HOME", "/h"}}, kPasswd, must_not_ask)
          .name == "ann");
}

TEST_CASE("a user of a directory server costs no process where the environment says enough") {
  const Env env{{"USER", "CORP\\ann"}, {"HOME", "/net/ann/"}, {"SHELL", "/bin/fish"}};
  const User user = user_of(5000, env, kPasswd, must_not_ask);
  CHECK(user.name == "CORP\\ann");
  CHECK(user.home == "/net/ann");
  CHECK(user.shell == "/bin/fish");
}

TEST_CASE("the name service is asked where the environment is silent") {
  const User user = user_of(5000, {}, kPasswd, directory_server);
  CHECK(user.name == "remote");
  CHECK(user.home == "/net/home/remote");
  CHECK(user.shell == "/bin/ksh");
  CHECK(user_of(5000, Env{{"USER", "ann"}}, kPasswd, directory_server).home == "/net/home/remote");
}

TEST_CASE("HOME wins over /etc/passwd, and one that is relative does not") {
  CHECK(user_of(1000, Env{{"HOME", "/elsewhere/./x"}}, kPasswd, must_not_ask).home ==
        "/elsewhere/x");
  CHECK(user_of(1000, Env{{"HOME", "here"}}, kPasswd, must_not_ask).home == "/home/dev");
  CHECK(user_of(1000, Env{{"HOME", ""}}, kPasswd, must_not_ask).home == "/home/dev");
}

TEST_CASE("a user without a home is told to set HOME") {
  const Error error = test::error_of([] {
    user_of(5000, Env{{"HOME", "x"}}, kPasswd, nobody_knows);
  });
  CHECK(error.message() ==
        "cannot find the home directory of user 5000: HOME is `x`, which is not absolute, and "
        "neither "
        "/etc/passwd nor `getent passwd 5000` names one");
  CHECK(error.hint() == "set HOME to the absolute path of your home directory");
  CHECK_THROWS_AS(user_of(1002, {}, kPasswd, nobody_knows), Error);
}

TEST_CASE("a name that would be a second field, line or option is no name") {
  for (const char* name : {"root:x:0", "a\nb", "-rf", "a/b", "", "a b", "+x", "a\x7f"}) {
    const User user = user_of(5000, Env{{"USER", name}, {"HOME", "/h"}}, kPasswd, nobody_knows);
    CHECK_MESSAGE(user.name == "5000", name);
  }
  const auto odd = [](std::uint32_t uid) { return Account{"a b", uid, "/h", "/bin/sh"}; };
  CHECK(user_of(5000, {}, kPasswd, odd).name == "5000");
}

}  // namespace
}  // namespace devbox::host
