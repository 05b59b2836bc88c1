#include "host/id_maps.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "host/cannot.hpp"
#include "host/id_helper.hpp"
#include "host/process.hpp"
#include "host/userns.hpp"
#include "util/error.hpp"

namespace devbox::host {
namespace {

std::string read_all(int fd) {
  std::string text;
  char bytes[512];
  for (ssize_t n = 0; (n = ::read(fd, bytes, sizeof bytes)) > 0 && text.size() < 4096;) {
    text.append(bytes, static_cast<std::size_t>(n));
  }
  return text;
}

[[noreturn]] void cannot_map(const Refusal& why) {
  throw Error(fmt::format("cannot map subordinate ids: {}", why.cause),
              fmt::format("{}; `ids.map = \"self\"` needs none", why.fix));
}

// It is not there, or it said why it failed.
[[noreturn]] void explain(const char* program, std::string_view said, const std::string& user) {
  const IdHelper helper = look_for_id_helper(program);
  const Refusal why = why_no_mapping(helper, restrictions().no_new_privs, distribution().family);
  cannot_map(why.cause.empty() ? mapping_refused(helper, said, user) : why);
}

// Its standard error, which says why it refused; empty where it succeeded.
void run(const char* program, const std::vector<std::string>& arguments, const std::string& user) {
  std::vector<char*> argv{const_cast<char*>(program)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const KeepStatus keep_status;
  Pipe errors = make_pipe();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, errors.write.get(), 2);
  pid_t pid = 0;
  const int err = ::posix_spawnp(&pid, program, &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (err == ENOENT) explain(program, {}, user);
  if (err != 0) throw cannot("run", program, err);
  errors.write.reset();
  const std::string said = read_all(errors.read.get());
  if (wait_status(pid) != 0)
    explain(program, std::string_view(said).substr(0, said.find('\n')), user);
}

std::vector<std::string> arguments(pid_t pid, const std::vector<IdMapLine>& lines) {
  std::vector<std::string> list{std::to_string(pid)};
  for (const IdMapLine& line : lines) {
    list.push_back(std::to_string(line.inside));
    list.push_back(std::to_string(line.outside));
    list.push_back(std::to_string(line.count));
  }
  return list;
}

std::vector<IdMapLine> root_and(std::uint32_t own, const std::vector<IdRange>& ranges) {
  std::vector<IdMapLine> map{{0, own, 1}};
  std::uint32_t inside = 1;
  for (const IdRange& range : ranges) {
    map.push_back({inside, range.start, range.count});
    inside += range.count;
  }
  return map;
}

std::vector<IdMapLine> keep_id(std::uint32_t own, const std::vector<IdRange>& ranges) {
  std::vector<IdMapLine> lines;
  std::uint32_t inside = 0;
  for (const IdRange& range : ranges) {
    std::uint32_t outside = range.start;
    std::uint32_t left = range.count;
    if (inside < own) {
      const std::uint32_t count = std::min(left, own - inside);
      lines.push_back({inside, outside, count});
      inside += count;
      outside += count;
      left -= count;
    }
    if (inside == own) ++inside;
    if (left > 0) {
      lines.push_back({inside, outside, left});
      inside += left;
    }
  }
  lines.push_back({own, own, 1});
  std::sort(lines.begin(), lines.end(),
            [](const IdMapLine& a, const IdMapLine& b) { return a.inside < b.inside; });
  return lines;
}

}  // namespace

IdMaps with_own_ids_kept(const Host& host, const SubordinateIds& ranges) {
  return {keep_id(host.uid, ranges.uids), keep_id(host.gid, ranges.gids)};
}

std::optional<std::uint32_t> outside_of(const std::vector<IdMapLine>& map, std::uint64_t inside) {
  for (const IdMapLine& line : map) {
    if (inside >= line.inside && inside - line.inside < line.count)
      return line.outside + static_cast<std::uint32_t>(inside - line.inside);
  }
  return std::nullopt;
}

IdMaps with_user_as_root(const Host& host, const SubordinateIds& ranges) {
  return {root_and(host.uid, ranges.uids), root_and(host.gid, ranges.gids)};
}

void map_with_helpers(pid_t pid, const IdMaps& maps, const std::string& user) {
  run("newuidmap", arguments(pid, maps.uids), user);
  run("newgidmap", arguments(pid, maps.gids), user);
}

}  // namespace devbox::host
