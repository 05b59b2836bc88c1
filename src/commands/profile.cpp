#include <fmt/format.h>

#include <algorithm>

#include "commands/commands.hpp"
#include "commands/prepare.hpp"
#include "profile/json_schema.hpp"
#include "util/error.hpp"
#include "util/json.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

const char* origin_text(store::Origin origin) {
  switch (origin) {
    case store::Origin::project:
      return "project";
    case store::Origin::user:
      return "user";
    case store::Origin::system:
      return "system";
    case store::Origin::installed:
      return "installed";
  }
  return "";
}

struct Row {
  std::string name, description, mistake;
  store::Found found;
};

// One that does not load is listed with its mistake: a list that breaks at it would hide the
// others.
Row row_of(const store::Found& found, const host::Host& host, const std::string& installed) {
  const std::string file = path::filename(found.path);
  Row row{file.substr(0, file.rfind('.')), "", "", found};
  try {
    row.description = store::read(found, host, installed).description;
  } catch (const Error& error) {
    row.mistake = error.message().substr(0, error.message().find('\n'));
  }
  return row;
}

Subject subject_of(const std::string& profile) {
  cli::BoxOptions options;
  options.profile = profile;
  return prepare(options);
}

const char* trust_text(const Subject& subject) {
  if (subject.asks.empty()) return "not needed: it keeps to its project";
  switch (trust_of(subject.host).verdict(subject.profile.path, subject.digest)) {
    case store::Trust::Verdict::granted:
      return "granted";
    case store::Trust::Verdict::changed:
      return "withdrawn: it has changed";
    case store::Trust::Verdict::unknown:
      return "not granted";
  }
  return "";
}

}  // namespace

int profile_list(const cli::ProfileList& verb) {
  const host::Host host = host::probe();
  const std::string installed = host::installation().profiles;
  std::vector<Row> rows;
  for (const store::Found& found : store::list(host, installed))
    rows.push_back(row_of(found, host, installed));
  if (verb.json) {
    Json list = Json::array();
    for (const Row& row : rows) {
      list.push_back({{"name", row.name},
                      {"description", row.description},
                      {"origin", origin_text(row.found.origin)},
                      {"path", row.found.path},
                      {"mistake", row.mistake}});
    }
    return print(json_text(list));
  }
  std::size_t width = 4;
  for (const Row& row : rows) width = std::max(width, row.name.size());
  std::string text;
  for (const Row& row : rows) {
    const std::string& said = row.mistake.empty() ? row.description : row.mistake;
    text += fmt::format("{:<{}}  {:<9}  {}\n", printable(row.name), width,
                        origin_text(row.found.origin), printable(said));
  }
  return print(text);
}

int profile_show(const cli::ProfileShow& verb) {
  const Subject subject = subject_of(verb.profile);
  if (verb.json) {
    Json files = Json::array();
    for (const profile::ClosureFile& file : subject.profile.closure) {
      files.push_back({{"path", file.path}, {"text", file.bytes}});
    }
    return print(json_text({{"name", subject.profile.name},
                            {"description", subject.profile.description},
                            {"origin", origin_text(subject.found.origin)},
                            {"trust", trust_text(subject)},
                            {"asks", subject.asks},
                            {"files", files}}));
  }
  std::string text;
  for (const profile::ClosureFile& file : subject.profile.closure) {
    text += fmt::format("# {}\n{}\n", printable(file.path), printable_text(file.bytes));
  }
  text += fmt::format("# origin: {}; trust: {}\n", origin_text(subject.found.origin),
                      trust_text(subject));
  for (const std::string& ask : subject.asks) text += fmt::format("#   {}\n", ask);
  return print(text);
}

int profile_schema() { return print(json_text(profile::json_schema())); }

int profile_trust(const cli::ProfileTrust& verb) {
  const Subject subject = subject_of(verb.profile);
  if (subject.asks.empty()) {
    return print(fmt::format("{} keeps to its project: there is nothing to trust\n",
                             printable(subject.profile.path)));
  }
  trust_of(subject.host).grant(subject.profile.path, subject.digest);
  std::string text = fmt::format("{} may, until it or a file that it reads changes:\n",
                                 printable(subject.profile.path));
  for (const std::string& ask : subject.asks) text += fmt::format("  - {}\n", ask);
  return print(text);
}

int profile_untrust(const cli::ProfileUntrust& verb) {
  const host::Host host = host::probe();
  const store::Found found = store::find(verb.profile, host, host::installation().profiles);
  const bool revoked = trust_of(host).revoke(found.path);
  return print(fmt::format("{} {}\n", printable(found.path),
                           revoked ? "is no longer trusted" : "was not trusted"));
}

}  // namespace devbox::commands
