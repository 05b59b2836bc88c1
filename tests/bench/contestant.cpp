#include "contestant.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "failure.hpp"

namespace devbox::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHome = "/home/bench";  // inside

std::string beside_us(const std::string& name) {
  const fs::path path = fs::canonical("/proc/self/exe").replace_filename(name);
  if (!fs::exists(path)) throw Failure(path.string() + " is not there; the build makes it");
  return path.string();
}

std::string in_path(const std::string& name) {
  for (const char* directory : {"/usr/local/bin/", "/usr/bin/", "/bin/"}) {
    if (::access((directory + name).c_str(), X_OK) == 0) return directory + name;
  }
  return {};
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

const char* name_of(Who who) {
  switch (who) {
    case Who::bare:
      return "bare";
    case Who::devbox:
      return "devbox";
    case Who::bubblewrap:
      return "bubblewrap";
    case Who::podman:
      return "podman";
  }
  return "";
}

Contestants::Contestants(const Options& options, const Scratch& scratch, const Scratch& runtime)
    : scratch_(scratch.path()),
      tree_(options.tree),
      workspace_(scratch.at("workspace")),
      home_(scratch.at("home")),
      tree_is_given_(!options.tree.empty()),
      devbox_(options.devbox),
      bare_(beside_us("bare")),
      outside_(beside_us("outside")),
      guest_(scratch.at("workspace/guest")),
      bubblewrap_(in_path("bwrap")),
      podman_(in_path("podman")) {
  for (const std::string& path :
       {workspace_, home_, scratch.at("etc"), scratch.at("config/devbox/profiles")}) {
    make_directories(path);
  }
  fs::copy_file(beside_us("guest"), guest_);
  for (const char* name : {"passwd", "group", "hosts", "hostname"}) {
    write_file(scratch.at(std::string("etc/") + name), "bench\n");
  }
  if (!tree_is_given_) {
    tree_ = scratch.at("tree");
    make_minimal_tree(tree_, guest_, 0);
  }
  env_ = {"PATH=/usr/local/bin:/usr/bin:/bin",
          std::string("HOME=") + kHome,
          "USER=" + variable("USER"),
          "LOGNAME=" + variable("USER"),
          "SHELL=/bin/sh",
          "LANG=C.UTF-8",
          "TERM=xterm",
          "XDG_CONFIG_HOME=" + scratch.at("config"),
          "XDG_DATA_HOME=" + scratch.at("data"),
          "XDG_STATE_HOME=" + scratch.at("state"),
          "XDG_RUNTIME_DIR=" + runtime.path()};
  write_profile(profile_of(tree_), tree_);
}

bool Contestants::is_here(Who who) const {
  if (who == Who::bubblewrap) return !bubblewrap_.empty();
  if (who == Who::podman) return !podman_.empty();
  return true;
}

std::string Contestants::shown(Who who) const {
  std::string text = name_of(who);
  if (who == Who::podman) {
    for (const std::string& option : podman_options_) text += " " + option;
  }
  return text;
}

std::string Contestants::profile_of(const std::string& tree) const {
  return tree == tree_ ? "bench" : fs::path(tree).filename().string();
}

void Contestants::write_profile(const std::string& name, const std::string& tree,
                                const std::string& lines) const {
  const std::string six = fmt::format(
      "schema = 1\n"
      "name = \"bench\"\n"
      "[image]\n"
      "source = \"rootfs:{}\"\n"
      "[network]\n"
      "mode = \"host\"\n",
      tree);
  write_file(fmt::format("{}/config/devbox/profiles/{}.toml", scratch_, name), six + lines);
}

Command Contestants::devbox(const std::string& profile, const std::vector<std::string>& command,
                            const std::vector<std::string>& extra) const {
  std::vector<std::string> argv = {devbox_, "run", "-p", profile};
  append(argv, extra);
  argv.emplace_back("--");
  append(argv, command);
  return {argv, env_, workspace_};
}

Command Contestants::join_devbox(const std::vector<std::string>& command) const {
  std::vector<std::string> argv = {devbox_, "exec", "bench", "--"};
  append(argv, command);
  return {argv, env_, workspace_};
}

Command Contestants::join_podman(const std::vector<std::string>& command) const {
  std::vector<std::string> argv = {podman_};
  append(argv, podman_options_);
  append(argv, {"exec", "--latest"});
  append(argv, command);
  return {argv, line(Who::podman, tree_, command).env, workspace_};
}

Command Contestants::kill_podman() const {
  std::vector<std::string> argv = {podman_};
  append(argv, podman_options_);
  append(argv, {"kill", "--latest"});
  return {argv, line(Who::podman, tree_, {}).env, workspace_};
}

Command Contestants::join_nsenter(pid_t first, const std::vector<std::string>& command) const {
  std::vector<std::string> argv = {in_path("nsenter"), "--target", std::to_string(first)};
  append(argv, {"--user", "--preserve-credentials", "--mount", "--pid", "--ipc", "--uts",
                "--cgroup", "--"});
  append(argv, command);
  return {argv, env_, workspace_};
}

Command Contestants::outside(const std::string& tree,
                             const std::vector<std::string>& command) const {
  std::vector<std::string> argv = {outside_, tree, workspace_};
  append(argv, command);
  return {argv, env_, workspace_};
}

std::vector<std::string> Contestants::bubblewrap_mounts(const std::string& tree) const {
  std::vector<std::string> out = {"--ro-bind", tree, "/"};
  const fs::path resolv = fs::canonical("/etc/resolv.conf");
  bool resolver_shown = false;
  for (const char* name : {"passwd", "group", "hosts", "hostname", "resolv.conf"}) {
    const std::string target = std::string("/etc/") + name;
    if (!fs::is_regular_file(fs::symlink_status(tree + target))) continue;
    const bool is_resolver = target == "/etc/resolv.conf";
    resolver_shown |= is_resolver;
    append(out, {"--ro-bind", is_resolver ? resolv.string() : scratch_ + target, target});
  }
  append(out, {"--dev", "/dev", "--proc", "/proc"});
  append(out, {"--tmpfs", "/home", "--dir", kHome, "--bind", home_, kHome});
  append(out, {"--tmpfs", "/run"});
  if (!resolver_shown) append(out, {"--ro-bind", resolv, "/run/devbox/resolv.conf"});
  append(out, {"--perms", "1777", "--dir", "/run/lock"});
  append(out, {"--perms", "0700", "--dir", fmt::format("/run/user/{}", ::getuid())});
  append(out, {"--ro-bind", "/sys", "/sys"});
  append(out, {"--perms", "1777", "--tmpfs", "/tmp", "--bind", workspace_, workspace_});
  return out;
}

Command Contestants::line(Who who, const std::string& tree, const std::vector<std::string>& command,
                          const std::vector<std::string>& extra) const {
  if (who == Who::devbox) return devbox(profile_of(tree), command, extra);
  std::vector<std::string> argv;
  std::vector<std::string> env = env_;
  if (who == Who::bare) {
    argv = {bare_, tree, home_, workspace_};
  } else if (who == Who::bubblewrap) {
    argv = {bubblewrap_,     "--unshare-user", "--unshare-pid",
            "--unshare-ipc", "--unshare-uts",  "--unshare-cgroup",
            "--hostname",    "bench",          "--die-with-parent"};
    append(argv, bubblewrap_mounts(tree));
    append(argv, extra);
    append(argv, {"--chdir", workspace_, "--"});
  } else {
    argv = {podman_};
    append(argv, podman_options_);
    append(argv, {"run", "--rm", "--network", "host", "--volume", workspace_ + ":" + workspace_,
                  "--rootfs", tree + ":O"});
    env.clear();  // podman keeps its state where the user has it
    for (const char* name : {"PATH", "HOME", "USER", "XDG_RUNTIME_DIR"}) {
      if (!variable(name).empty()) env.push_back(fmt::format("{}={}", name, variable(name)));
    }
  }
  append(argv, command);
  return {argv, env, workspace_};
}

}  // namespace devbox::bench
