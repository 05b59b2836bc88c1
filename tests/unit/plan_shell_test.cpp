// What an interactive shell at a terminal gets; that the shells do with it what is meant, and that
// terminals show none of it, is for tests/e2e/shells.sh.
#include "plan/shell.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "plan/describe.hpp"
#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

World at_a_terminal(const std::string& shell = "/bin/bash") {
  World world;
  world.request.interactive = true;
  world.host.shell = shell;
  world.tree.file("/usr/bin/zsh").file("/usr/bin/fish");
  return world;
}

std::string value_of(const Plan& plan, const std::string& name) {
  for (const std::string& one : plan.env) {
    if (one.starts_with(name + "=")) return one.substr(name.size() + 1);
  }
  return "(none)";
}

// The script, and "" where there is none.
std::string script_of(const Plan& plan, const std::string& file) {
  for (const Make& make : mounts_of<Make>(plan)) {
    if (make.made.path == "/run/devbox/shell/" + file) return make.made.content;
  }
  return "";
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool is_plain(const Plan& plan) {
  return plan.terminal.entered.empty() && plan.terminal.left.empty() && plan.argv.size() == 1 &&
         value_of(plan, "DEVBOX_HOST") == "(none)" && script_of(plan, "devbox.bash").empty();
}

}  // namespace

TEST_CASE("a shell is integrated at a terminal, and nothing else is") {
  CHECK_FALSE(is_plain(at_a_terminal().plan()));
  CHECK(is_plain(World().plan()));  // no terminal
  World command = at_a_terminal();
  command.request.command = {"bash"};
  CHECK(is_plain(command.plan()));
  World off = at_a_terminal();
  off.profile.shell.integration = false;
  CHECK(is_plain(off.plan()));
  World dumb = at_a_terminal();
  dumb.host.env["TERM"] = "dumb";
  CHECK(is_plain(dumb.plan()));
  World none = at_a_terminal();
  none.host.env.erase("TERM");
  CHECK(is_plain(none.plan()));
}

TEST_CASE("bash reads its script by ENV, and gives a profile's own ENV back") {
  World world = at_a_terminal();
  world.profile.env.set["ENV"] = "it's";
  const Plan plan = world.plan();
  CHECK(plan.argv == std::vector<std::string>{"/bin/bash", "--posix"});
  CHECK(plan.login);
  CHECK(value_of(plan, "ENV") == "/run/devbox/shell/devbox.bash");
  CHECK(std::is_sorted(plan.env.begin(), plan.env.end()));
  const std::string script = script_of(plan, "devbox.bash");
  CHECK(holds(script, "export ENV='it'\\''s'\n"));
  CHECK(holds(script_of(at_a_terminal().plan(), "devbox.bash"), "\nunset ENV\n"));
  CHECK(holds(script,
              "__devbox_box='cpp'\n__devbox_marks='133'\n__devbox_host='desk'\n"
              "__devbox_paths=('+/sys' '+/home/ann/work')\n"));
}

TEST_CASE("zsh reads its script by ZDOTDIR, and fish by a command") {
  const Plan zsh = at_a_terminal("/usr/bin/zsh").plan();
  CHECK(value_of(zsh, "ZDOTDIR") == "/run/devbox/shell");
  CHECK(zsh.argv.size() == 1);
  CHECK(holds(script_of(zsh, ".zshenv"), "unset ZDOTDIR\n"));
  const Plan fish = at_a_terminal("/usr/bin/fish").plan();
  CHECK(fish.argv == std::vector<std::string>{"/usr/bin/fish", "--init-command",
                                              "source /run/devbox/shell/devbox.fish"});
  CHECK(holds(script_of(fish, "devbox.fish"),
              "set -g __devbox_box 'cpp'\nset -g __devbox_marks '133'\n"));
}

TEST_CASE("another shell is started as it was, and the terminal knows the box all the same") {
  World world = at_a_terminal();
  world.profile.shell.program = "/usr/bin/sh";
  const Plan plan = world.plan();
  CHECK(plan.argv == std::vector<std::string>{"/usr/bin/sh"});
  CHECK(holds(plan.terminal.entered, "\033]777;container;push;cpp;devbox;1000\033\\"));
}

TEST_CASE("terminals that show sequences get none, and the prompt names the box") {
  for (const char* term : {"linux", "linux-16color", "vt100", "vt220", "eterm-color", "ansi"}) {
    CAPTURE(term);
    World world = at_a_terminal();
    world.host.env["TERM"] = term;
    const Plan plan = world.plan();
    CHECK(plan.terminal.entered.empty());
    CHECK(plan.terminal.left.empty());
    CHECK(holds(script_of(plan, "devbox.bash"),
                "__devbox_box='cpp'\n__devbox_marks=''\n__devbox_host=''\n__devbox_paths=()\n"));
  }
}

TEST_CASE("an editor's terminal is known by its variables, and its sockets stay outside") {
  World world = at_a_terminal();
  for (const char* name : {"TERM_PROGRAM", "VSCODE_NONCE", "VSCODE_IPC_HOOK_CLI", "GIT_ASKPASS"})
    world.host.env[name] = "vscode";
  const Plan plan = world.plan();
  CHECK(value_of(plan, "TERM_PROGRAM") == "vscode");
  CHECK(value_of(plan, "VSCODE_NONCE") == "vscode");
  CHECK(holds(script_of(plan, "devbox.bash"), "__devbox_marks='633'\n"));
  world.profile.env.pass_written = true;
  world.profile.env.pass = {"*"};
  CHECK(value_of(world.plan(), "GIT_ASKPASS") == "(none)");
  CHECK(value_of(world.plan(), "VSCODE_IPC_HOOK_CLI") == "(none)");
  world.profile.env.pass = {"GIT_ASKPASS"};
  CHECK(value_of(world.plan(), "GIT_ASKPASS") == "vscode");
  world.request.interactive = false;
  CHECK(value_of(world.plan(), "VSCODE_NONCE") == "(none)");
}

TEST_CASE("the name in a prompt means nothing to a shell, and the terminal's has no space") {
  World world = at_a_terminal();
  world.profile.name = "a$(b)`c`%d\\e 'f;g";
  const Plan plan = world.plan();
  CHECK(holds(script_of(plan, "devbox.bash"), "__devbox_box='a--b--c--d-e -f-g'\n"));
  CHECK(holds(plan.terminal.entered, "push;a--b--c--d-e--f-g;devbox"));
  world.profile.shell.prompt = false;
  CHECK(holds(script_of(world.plan(), "devbox.bash"), "__devbox_box=''\n"));
}

TEST_CASE("what the profile mounts at the script's place is left alone") {
  for (const char* target : {"/run", "/run/devbox", "/run/devbox/shell", "/run/devbox/shell/x"}) {
    CAPTURE(target);
    World world = at_a_terminal();
    world.profile.mounts = {{.target = target, .type = profile::MountType::tmpfs}};
    const Plan plan = world.plan();
    CHECK(plan.argv.size() == 1);
    CHECK(value_of(plan, "ENV") == "(none)");
  }
}

TEST_CASE("a directory is the host's too where it is bound at its own path") {
  World world = at_a_terminal();
  world.has("/opt/sdk")
      .has("/data/sdk")
      .has("/home/ann/work/hidden/open")
      .has("/home/ann/work/hidden");
  world.profile.mounts = {
      {.target = "/opt/sdk", .source = "/opt/sdk"},
      {.target = "/opt/other", .source = "/data/sdk"},
      {.target = "${project}/hidden", .type = profile::MountType::tmpfs},
      {.target = "${project}/hidden/open", .source = "${project}/hidden/open"},
  };
  CHECK(value_of(world.plan(), "DEVBOX_HOST_PATHS") ==
        "+/home/ann/work:-/home/ann/work/hidden:+/home/ann/work/hidden/open:+/opt/sdk:+/sys");
  world.profile.workspace.mode = profile::WorkspaceMode::overlay;
  CHECK(value_of(world.plan(), "DEVBOX_HOST_PATHS") ==
        "+/home/ann/work/hidden/open:+/opt/sdk:+/sys");
}

TEST_CASE("shared paths are told from one box to the next") {
  const SharedPaths paths = {{"/a b", true}, {"/a b/c:d", false}, {"/e%", true}};
  CHECK(shared_text(paths) == "+/a%20b:-/a%20b/c%3Ad:+/e%25");
  CHECK(parse_shared(shared_text(paths)) == paths);
  CHECK(parse_shared("nonsense:+relative::+") == SharedPaths{});
  CHECK(parse_shared("+/%zz:+/%4") == SharedPaths{{"/%zz", true}, {"/%4", true}});
  CHECK(parse_shared("+/a:+/a/b:-/c") == SharedPaths{{"/a", true}});
}

TEST_CASE("of two boxes only what both have is shared") {
  const SharedPaths outer = {{"/a", true}, {"/a/b", false}, {"/c", true}};
  CHECK(shared_by_both(outer, {{"/a", true}}) == SharedPaths{{"/a", true}, {"/a/b", false}});
  CHECK(shared_by_both(outer, {{"/c/d", true}, {"/e", true}}) == SharedPaths{{"/c/d", true}});
  CHECK(shared_by_both({}, outer) == SharedPaths{});
}

TEST_CASE("a box in a box speaks of the terminal's own host, and names the outer box at its end") {
  World world = at_a_terminal();
  world.host.hostname = "outer";
  world.host.env["container"] = "devbox";
  CHECK(value_of(world.plan(), "DEVBOX_HOST") == "(none)");  // nobody told it
  world.host.env["DEVBOX"] = "out";
  world.host.env["DEVBOX_HOST"] = "desk";
  world.host.env["DEVBOX_HOST_PATHS"] = "+/home/ann/work/src";
  const Plan plan = world.plan();
  CHECK(value_of(plan, "DEVBOX_HOST") == "desk");
  CHECK(value_of(plan, "DEVBOX_HOST_PATHS") == "+/home/ann/work/src");
  CHECK(holds(plan.terminal.left, "\033]777;container;push;out;devbox;1000\033\\"));
  CHECK_FALSE(holds(plan.terminal.left, ";pop;"));
}

TEST_CASE("a plan says what the terminal is told, and no byte of it reaches the terminal raw") {
  const std::string text = describe(at_a_terminal().plan());
  CHECK(holds(text, "]777;container;push;cpp;devbox;1000"));
  CHECK_FALSE(holds(text, "\033"));
  CHECK(holds(text, "  file       /run/devbox/shell/devbox.bash  "));
}

}  // namespace devbox::plan
