// Who the user is. devbox is linked statically, so getpwuid(3) and its kin, which load the name
// service's plug-ins, cannot be used: the environment and /etc/passwd are asked, and getent(1)
// where both are silent.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace devbox::host {

// One line of passwd(5).
struct Account {
  std::string name;
  std::uint32_t uid = 0;
  std::string home;
  std::string shell;  // "/bin/sh" where the line leaves it empty, as passwd(5) says
};

// The first account of `text` (the bytes of /etc/passwd, or getent's output) with that uid, or
// name. Lines that are not of the form, and the "+" and "-" lines of NIS, are left out.
std::optional<Account> account_of(std::string_view text, std::uint32_t uid);
std::optional<Account> account_named(std::string_view text, std::string_view name);

// The name that group(5) text gives to `gid`; empty where it gives none.
std::string group_name(std::string_view text, std::uint32_t gid);

struct User {
  std::string name;   // the number where nothing knows it
  std::string home;   // absolute and normal
  std::string shell;  // may be empty
};

using AskNameService = std::function<std::optional<Account>(std::uint32_t uid)>;

// $USER, else $LOGNAME, is believed where /etc/passwd gives it the same uid, or knows neither: `su`
// and `sudo` may leave another user's there. $HOME is believed always, as the shell and every other
// program does. `ask` is called once at the most, and only where something is still missing. Throws
// Error where nothing names an absolute home.
User user_of(std::uint32_t uid, const std::map<std::string, std::string>& env,
             std::string_view passwd, const AskNameService& ask);

}  // namespace devbox::host
