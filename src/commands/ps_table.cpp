#include "commands/ps_table.hpp"

#include <algorithm>

#include "commands/chosen_box.hpp"
#include "commands/stats_table.hpp"
#include "commands/text_table.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using launch::Record;

std::uint64_t age(const Record& box, std::int64_t now) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, now - box.begun));
}

std::string below_home(const std::string& file, const std::string& home) {
  if (home.size() < 2 || !path::is_within(file, home)) return file;
  return "~" + file.substr(home.size());
}

}  // namespace

std::vector<std::string> short_ids(const std::vector<Record>& running) {
  std::vector<std::string> ids;
  ids.reserve(running.size());
  for (const Record& box : running) ids.push_back(box.id);
  std::vector<std::string> shown;
  shown.reserve(ids.size());
  for (const std::string& id : ids) shown.push_back(short_id(id, ids));
  return shown;
}

std::vector<std::string> ps_table(const std::vector<Record>& running, std::int64_t now,
                                  const std::string& home, std::size_t columns) {
  std::vector<TableRow> rows = {{"ID", "NAME", "AGE", "COMMAND", "PROFILE"}};
  const std::vector<std::string> ids = short_ids(running);
  for (std::size_t i = 0; i < running.size(); ++i) {
    const Record& box = running[i];
    rows.push_back({printable(ids[i]), printable(box.name), short_age(age(box, now)),
                    printable(box.command) + (box.kept ? " (kept)" : ""),
                    printable(below_home(box.profile, home))});
  }
  return text_table(rows, columns);
}

Json ps_json(const std::vector<Record>& running, std::int64_t now) {
  Json all = Json::array();
  for (const Record& box : running) {
    all.push_back({{"id", box.id},
                   {"name", box.name},
                   {"profile", box.profile},
                   {"project", box.source},
                   {"command", box.command},
                   {"pid", box.pid},
                   {"kept", box.kept},
                   {"persistent_root", box.persistent},
                   {"cgroup", box.group},
                   {"age", age(box, now) / 1'000'000}});
  }
  return all;
}

}  // namespace devbox::commands
