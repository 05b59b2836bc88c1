#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "commands/chosen_box.hpp"
#include "commands/commands.hpp"
#include "commands/prepare.hpp"
#include "host/files.hpp"
#include "host/installation.hpp"
#include "host/probe.hpp"
#include "launch/join.hpp"
#include "launch/records.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using launch::Record;

// What is the terminal's, and not the box's.
constexpr std::array<std::string_view, 5> kOfTerminal = {"TERM", "COLORTERM", "TERM_PROGRAM",
                                                         "TERM_PROGRAM_VERSION", "VTE_VERSION"};

void set(std::vector<std::string>& env, std::string_view name, const std::string* value) {
  const std::string begin = std::string(name) + "=";
  std::erase_if(env, [&](const std::string& variable) { return variable.starts_with(begin); });
  if (value != nullptr) env.push_back(begin + *value);
}

std::vector<std::string> environment(const launch::Records& records, const Record& box,
                                     const cli::Exec& verb, const host::Host& host) {
  std::vector<std::string> env = records.environment(box.id);
  for (const std::string_view name : kOfTerminal) {
    const auto ours = host.env.find(std::string(name));
    set(env, name, ours == host.env.end() ? nullptr : &ours->second);
  }
  for (const auto& [name, value] : verb.env) set(env, name, &value);
  return env;
}

// The directory that the caller is in, where that is in the box's workspace; else where the box's
// own command began.
std::string directory(const Record& box, const std::string& asked, const host::Host& host) {
  std::string usual = box.cwd;
  if (!box.source.empty() && path::is_within(host.cwd, box.source))
    usual = path::normal(box.target + host.cwd.substr(box.source == "/" ? 0 : box.source.size()));
  return asked.empty() ? usual : path::absolute(asked, usual);
}

// ptrace(2) of what is no descendant: Documentation/admin-guide/LSM/Yama.rst, "ptrace_scope".
void warn_debugger(const Record& box, const std::string& program) {
  constexpr std::array<std::string_view, 5> kDebuggers = {"gdb", "lldb", "ltrace", "rr", "strace"};
  const std::string name = path::filename(program);
  if (std::find(kDebuggers.begin(), kDebuggers.end(), name) == kDebuggers.end()) return;
  const std::string scope = host::kernel_text("/proc/sys/kernel/yama/ptrace_scope");
  const std::uint64_t needed = launch::capability_bits({"sys_ptrace"});
  if (scope.empty() || scope == "0" || (box.joined.confinement.capabilities & needed) != 0) return;
  std::fputs(
      fmt::format("devbox: on this host (kernel.yama.ptrace_scope = {}) {} traces only what it "
                  "starts itself; `security.capabilities = [\"sys_ptrace\"]` in the profile lets "
                  "it attach to all of the box\n",
                  scope, name)
          .c_str(),
      stderr);
}

}  // namespace

void exec(const cli::Exec& verb) {
  launch::close_inherited(verb.pass_fds);
  const host::Host host = host::probe();
  const host::Installation installation = host::installation();
  const launch::Records records(host.dirs.runtime);
  const std::vector<Record> running = records.running();
  const Record& box = chosen_box(running, verb.box);
  if (box.version != cli::version())
    throw Error(fmt::format("the box {} was started by devbox {}, which is not this one ({})",
                            printable(box.id), printable(box.version), cli::version()),
                fmt::format("`devbox stop {}` ends it", printable(box.id)));
  warn_debugger(box, verb.command.front());
  const std::vector<std::string> env = environment(records, box, verb, host);
  const launch::Command command = {.argv = verb.command,
                                   .cwd = directory(box, verb.cwd, host),
                                   .pass_fds = verb.pass_fds,
                                   .rlimits = box.joined.rlimits};
  launch::join({box, command, env, host.terminal, {}, {}}, runtime_of(host, installation));
  throw Error(fmt::format("the box {} has ended", printable(box.id)),
              "`devbox ps` lists the others");
}

}  // namespace devbox::commands
