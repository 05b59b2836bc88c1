#include "host/account.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

using Environment = std::map<std::string, std::string>;

// Calls `use` with each line, the last one too where it has no newline, until it returns true.
template <class Use>
void each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (use(text.substr(0, end))) return;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

// The first `count` fields of a line that has at least so many; the rest of the line is in the
// last.
template <std::size_t Count>
std::optional<std::array<std::string_view, Count>> fields(std::string_view line) {
  std::array<std::string_view, Count> found;
  for (std::size_t i = 0; i < Count; ++i) {
    const std::size_t end = line.find(':');
    if (i + 1 < Count && end == std::string_view::npos) return std::nullopt;
    found[i] = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  return found;
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// passwd(5). What it refers to is the line.
struct Line {
  std::string_view name, home, shell;
  std::uint32_t uid = 0;
};

std::optional<Line> account(std::string_view line) {
  const auto field = fields<7>(line);
  if (!field || (*field)[0].empty() || (*field)[0].front() == '+' || (*field)[0].front() == '-')
    return std::nullopt;
  const auto uid = number((*field)[2]);
  if (!uid) return std::nullopt;
  return Line{(*field)[0], (*field)[5], (*field)[6], *uid};
}

template <class Wanted>
std::optional<Account> first_account(std::string_view text, Wanted wanted) {
  std::optional<Account> found;
  each_line(text, [&](std::string_view line) {
    const std::optional<Line> one = account(line);
    if (!one || !wanted(*one)) return false;
    found = Account{std::string(one->name), one->uid, std::string(one->home),
                    std::string(one->shell.empty() ? "/bin/sh" : one->shell)};
    return true;
  });
  return found;
}

std::string_view value_of(const Environment& env, const char* name) {
  const auto found = env.find(name);
  return found == env.end() ? std::string_view() : std::string_view(found->second);
}

// The name ends up in a passwd line of the box and on command lines: nothing that would be a second
// field, a second line or an option.
bool is_plain(std::string_view name) {
  if (name.empty() || name.size() > 256 || name.front() == '-' || name.front() == '+') return false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f || c == ':' || c == '/') return false;
  }
  return true;
}

// What the environment says about the name, where it may be believed.
std::optional<std::string> name_in(const Environment& env, std::uint32_t uid,
                                   std::string_view passwd, bool uid_is_known) {
  for (const char* variable : {"USER", "LOGNAME"}) {
    const std::string_view name = value_of(env, variable);
    if (!is_plain(name)) continue;
    const std::optional<Account> named = account_named(passwd, name);
    if (named ? named->uid == uid : !uid_is_known) return std::string(name);
  }
  return std::nullopt;
}

bool is_absolute(std::string_view path) { return !path.empty() && path.front() == '/'; }

Error no_home(std::uint32_t uid, std::string_view home) {
  const std::string said =
      home.empty() ? "HOME is not set"
                   : fmt::format("HOME is `{}`, which is not absolute", printable(home));
  return Error(
      fmt::format("cannot find the home directory of user {}: {}, and neither /etc/passwd nor "
                  "`getent passwd {}` names one",
                  uid, said, uid),
      "set HOME to the absolute path of your home directory");
}

}  // namespace

std::optional<Account> account_of(std::string_view text, std::uint32_t uid) {
  return first_account(text, [uid](const Line& one) { return one.uid == uid; });
}

std::optional<Account> account_named(std::string_view text, std::string_view name) {
  return first_account(text, [name](const Line& one) { return one.name == name; });
}

std::string group_name(std::string_view text, std::uint32_t gid) {
  std::string name;
  each_line(text, [&](std::string_view line) {
    const auto field = fields<3>(line);
    if (!field || !is_plain((*field)[0]) || number((*field)[2]) != gid) return false;
    name = (*field)[0];
    return true;
  });
  return name;
}

User user_of(std::uint32_t uid, const Environment& env, std::string_view passwd,
             const AskNameService& ask) {
  std::optional<Account> known = account_of(passwd, uid);
  const std::optional<std::string> env_name = name_in(env, uid, passwd, known.has_value());
  // Two names may share a uid; home and shell are those of the name that is used.
  if (env_name && known && known->name != *env_name) known = account_named(passwd, *env_name);

  const std::string_view env_home = value_of(env, "HOME");
  if (!known && (!env_name || !is_absolute(env_home))) known = ask(uid);

  User user;
  user.name = env_name                         ? *env_name
              : known && is_plain(known->name) ? known->name
                                               : fmt::format("{}", uid);
  if (is_absolute(env_home)) {
    user.home = path::normal(env_home);
  } else if (known && is_absolute(known->home)) {
    user.home = path::normal(known->home);
  } else {
    throw no_home(uid, env_home);
  }
  const std::string_view shell = known ? std::string_view(known->shell) : value_of(env, "SHELL");
  if (is_absolute(shell)) user.shell = shell;
  return user;
}

}  // namespace devbox::host
