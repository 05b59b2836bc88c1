// The parts of a plan that make.cpp puts together; each is a function of values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/plan.hpp"
#include "plan/request.hpp"
#include "plan/resolve.hpp"

namespace devbox::plan {

// Id maps (user_namespaces(7)), and why this one.
struct IdChoice {
  Ids ids;
  std::string why;
};
IdChoice choose_ids(const Resolved& resolved, const host::Host& host, const Facts& facts,
                    const Request& request, Mistakes& mistakes);

// Which limits hold, and by which group. The Facts have `cgroups` where that is needed.
Limits choose_limits(const Resolved& resolved, const Facts& facts, const Request& request,
                     Mistakes& mistakes, std::vector<Note>& notes);

// What the group of a box that runs gets, and what of it this host lacks: no other member is set.
// profile::kUnlimited and an infinity are "max". The Facts have `cgroups`, and the device of each
// io limit. Throws Error with every mistake; `notes` gets what a person should know.
Limits group_values(const profile::Limits& wanted, const Facts& facts, std::vector<Note>& notes);

// What `limit` leaves open, as io.max of a group has it for the disk of that number.
void fill_rates(profile::IoLimit& limit, const std::string& number, std::string_view io_max);

// Name and value, sorted by name. A map costs twice the memory, and each page of that a fault.
using Variables = std::vector<std::pair<std::string, std::string>>;

struct Environment {
  Variables variables;
  std::vector<Note> notes;
};
Environment make_environment(const Resolved& resolved, const profile::Profile& profile,
                             const host::Host& host, const Request& request, const Facts& facts,
                             const Ids& ids, const std::string& shell, const std::string& name,
                             const Variables& integrated);

// The locale that the command will ask for, from what passes: LC_ALL, else LC_CTYPE, else LANG.
std::string wanted_locale(const profile::Profile& profile, const host::Host& host);

// A line of an env file: NAME=value, `#` comments, one pair of quotes taken off. Mistakes name the
// line.
void parse_env_file(const std::string& path, const std::string& bytes,
                    std::map<std::string, std::string>& variables, Mistakes& mistakes);

// What tells apt to stay root; generated where a box pretends ownership.
inline constexpr const char* kAptSandbox = "/etc/apt/apt.conf.d/99devbox";

// Who the image's USER is, by the passwd(5) and group(5) of the image: "node", "1000:1000",
// "1000". std::nullopt where it has no such name.
std::optional<InsideUser> image_user(const std::string& user, const std::string& passwd,
                                     const std::string& group);

// Whether `name` passes from the host: it matches one of the patterns.
bool passes(const std::string& name, const std::vector<std::string>& patterns);

// The profile's patterns, or the fixed list where it has none.
const std::vector<std::string>& pass_patterns(const profile::Profile& profile);

// The image's /etc/passwd and /etc/group with this user and group in place of whoever has the name
// or id.
std::string passwd_text(const std::string& of_image, const host::Host& host, const Ids& ids,
                        const std::string& shell);
std::string group_text(const std::string& of_image, const host::Host& host, const Ids& ids);

// Once everything is mounted: `cwd`.
void choose_cwd(Plan& plan, const Resolved& resolved, const host::Host& host,
                const Request& request);

// The host's /etc/hosts and a line for the box's own name; loopback alone where there is no
// network.
std::string hosts_text(const host::Host& host, Network network, const std::string& hostname);

// The box's name as a host name: letters, digits and hyphens, at most 63 (RFC 1123, 2.1).
std::string hostname_of(const std::string& name);

}  // namespace devbox::plan
