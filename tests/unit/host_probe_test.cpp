#include "host/probe.hpp"

#include <doctest/doctest.h>

#include "host/terminfo.hpp"
#include "host_temporary.hpp"

namespace devbox::host {
namespace {

using test::TemporaryDirectory;
using test::Variable;

TEST_CASE("the probe tells who is here and where") {
  const Host host = probe();
  CHECK(host.uid == ::geteuid());
  CHECK(host.gid == ::getegid());
  CHECK_FALSE(host.user.empty());
  CHECK_FALSE(host.group.empty());
  CHECK(host.home.starts_with('/'));
  CHECK(host.cwd == std::filesystem::current_path().string());
  CHECK_FALSE(host.hostname.empty());
  CHECK(host.kernel.at_least(4, 0));
  CHECK_FALSE(host.kernel.at_least(100, 0));
  CHECK(host.env.contains("PATH"));
  for (const Group& group : host.groups) CHECK(group.gid != host.gid);
}

TEST_CASE("versions of the kernel are compared part by part") {
  CHECK(Kernel{5, 10}.at_least(5, 9));
  CHECK(Kernel{6, 1}.at_least(5, 11));
  CHECK_FALSE(Kernel{5, 10}.at_least(5, 11));
  CHECK_FALSE(Kernel{5, 10}.at_least(6, 1));
}

TEST_CASE("directories follow the XDG variables, and relative ones are ignored") {
  const TemporaryDirectory here;
  const Variable home("HOME", here.path().c_str());
  const Variable config("XDG_CONFIG_HOME", here.at("./conf/").c_str());
  const Variable data("XDG_DATA_HOME", "data");
  const Variable state("XDG_STATE_HOME", "");
  const Host host = probe();
  CHECK(host.dirs.config == here.at("conf/devbox"));
  CHECK(host.dirs.data == here.at(".local/share/devbox"));
  CHECK(host.dirs.state == here.at(".local/state/devbox"));
  CHECK(std::filesystem::is_empty(here.path()));  // nothing is made
}

TEST_CASE("the runtime directory is below XDG_RUNTIME_DIR only where that is the user's own") {
  const TemporaryDirectory here;
  const std::string fallback = "/tmp/devbox-" + std::to_string(::geteuid());
  const auto runtime_with = [](const char* value) {
    const Variable variable("XDG_RUNTIME_DIR", value);
    return probe().dirs.runtime;
  };
  CHECK(runtime_with(here.directory("run", 0700).c_str()) == here.at("run/devbox"));
  CHECK(runtime_with(nullptr) == fallback);
  CHECK(runtime_with("run") == fallback);
  CHECK(runtime_with(here.at("missing").c_str()) == fallback);
  CHECK(runtime_with(here.file("file").c_str()) == fallback);
  CHECK(runtime_with(here.directory("open", 0777).c_str()) == fallback);
  if (test::is_root()) test::give_away(here.directory("theirs", 0755));
  CHECK(runtime_with(test::is_root() ? here.at("theirs").c_str() : "/usr") == fallback);
}

TEST_CASE("a working directory that is gone is no directory") {
  const std::string back = std::filesystem::current_path().string();
  {
    const TemporaryDirectory here;
    REQUIRE(::chdir(here.path().c_str()) == 0);
  }
  const std::string cwd = probe().cwd;
  REQUIRE(::chdir(back.c_str()) == 0);
  CHECK(cwd.empty());
}

TEST_CASE("the terminal is the one that a standard stream is on") {
  const Fd terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(terminal);
  REQUIRE(::grantpt(terminal.get()) == 0);
  REQUIRE(::unlockpt(terminal.get()) == 0);
  const std::string name = ::ptsname(terminal.get());
  const Fd slave(::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(slave);
  const Fd saved(::fcntl(0, F_DUPFD_CLOEXEC, 10));
  ::dup2(slave.get(), 0);
  const std::string found = probe().terminal;
  if (saved) {
    ::dup2(saved.get(), 0);
  } else {
    ::close(0);
  }
  CHECK(found == name);
}

TEST_CASE("the terminfo entry is looked for at home first, then where TERMINFO says") {
  const TemporaryDirectory here;
  const Variable home("HOME", here.path().c_str());
  const Variable term("TERM", "devbox-test");
  const Variable terminfo("TERMINFO", here.at("ti").c_str());
  CHECK(probe().terminfo.empty());
  here.directory("ti/d/devbox-test");  // no entry
  CHECK(probe().terminfo.empty());
  here.file("ti/64/devbox-test");
  CHECK(probe().terminfo == here.at("ti/64/devbox-test"));
  here.file(".terminfo/d/devbox-test");
  CHECK(probe().terminfo == here.at(".terminfo/d/devbox-test"));
}

TEST_CASE("a TERM that would lead to another directory is ignored") {
  const TemporaryDirectory here;
  const Variable home("HOME", here.path().c_str());
  here.file(".terminfo/x/secret");
  for (const char* value : {"x/../x/secret", "../x", ".x", "/x", ""}) {
    const Variable term("TERM", value);
    CHECK_MESSAGE(probe().terminfo.empty(), value);
  }
  CHECK(terminfo_names("xterm") == std::vector<std::string>{"x/xterm", "78/xterm"});
  CHECK(terminfo_names("\xe9") == std::vector<std::string>{"\xe9/\xe9", "e9/\xe9"});
}

TEST_CASE("links on the way to resolv.conf are followed") {
  const Host host = probe();
  CHECK(host.resolv_conf == look("/etc/resolv.conf").real);
}

TEST_CASE("of two variables with one name the first counts") {
  char first[] = "DEVBOX_TWICE=1";
  char second[] = "DEVBOX_TWICE=2";
  char strange[] = "=x";
  char bare[] = "DEVBOX_BARE";
  char home[] = "HOME=/h";
  char* variables[] = {first, second, strange, bare, home, nullptr};
  char** old = std::exchange(environ, variables);
  const Host host = probe();
  environ = old;
  CHECK(host.env.at("DEVBOX_TWICE") == "1");
  CHECK(host.env.size() == 2);
}

}  // namespace
}  // namespace devbox::host
