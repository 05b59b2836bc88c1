#include "host/subordinate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "host/capture.hpp"
#include "host/files.hpp"
#include "host/probe.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

constexpr std::uint64_t kLastId =
    0xfffffffe;  // 2^32-1 means "no id" to the kernel (chown(2), setuid(2))
constexpr std::size_t kMaxFile = std::size_t{64} * 1024 * 1024;

constexpr std::uint32_t kNewRange = 65536;  // login.defs(5), SUB_UID_COUNT
constexpr const char* kUids = "/etc/subuid";
constexpr const char* kGids = "/etc/subgid";

// Digits alone: std::from_chars takes neither blanks nor a sign for an unsigned type.
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<IdRange> range(std::string_view start_text, std::string_view count_text) {
  const auto start = number(start_text);
  const auto count = number(count_text);
  if (!start || !count || *count == 0 || *start > kLastId || *count > kLastId - *start + 1)
    return std::nullopt;
  return IdRange{static_cast<std::uint32_t>(*start), static_cast<std::uint32_t>(*count)};
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

enum class IdKind { user, group };

std::vector<IdRange> ranges(const Host& host, IdKind kind) {
  std::vector<std::string> argv{"getsubids"};
  if (kind == IdKind::group) argv.emplace_back("-g");
  argv.push_back(host.user);
  // Where the program exists its answer is the one that newuidmap will go by, and "none" is an
  // answer too.
  if (const auto said = capture(argv))
    return said->succeeded ? parse_getsubids(said->output) : std::vector<IdRange>{};
  const Contents file = contents(kind == IdKind::user ? kUids : kGids, kMaxFile);
  return parse_subordinate_ids(file.bytes, host.user, host.uid);
}

}  // namespace

std::vector<IdRange> parse_subordinate_ids(std::string_view text, std::string_view user,
                                           std::uint32_t uid) {
  std::vector<IdRange> found;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos || first == 0 || line.front() == '#') continue;
    const std::string_view owner = line.substr(0, first);
    if (owner != user && number(owner) != uid) continue;
    if (const auto one = range(line.substr(first + 1, second - first - 1), line.substr(second + 1)))
      found.push_back(*one);
  }
  return found;
}

std::vector<IdRange> parse_getsubids(std::string_view text) {
  std::vector<IdRange> found;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    // From the end: a name of a directory service may have blanks in it.
    const std::size_t last = line.rfind(' ');
    if (last == std::string_view::npos || last == 0) continue;
    const std::size_t middle = line.rfind(' ', last - 1);
    const std::size_t colon = line.find(": ");
    if (middle == std::string_view::npos || colon == std::string_view::npos || middle <= colon + 1)
      continue;
    if (!number(line.substr(0, colon))) continue;
    if (const auto one = range(line.substr(middle + 1, last - middle - 1), line.substr(last + 1)))
      found.push_back(*one);
  }
  return found;
}

std::uint32_t first_unused(std::string_view text) {
  constexpr std::uint64_t kFirst = 100'000;
  std::uint64_t unused = kFirst;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::size_t last = line.rfind(':');
    if (last == std::string_view::npos || last == 0 || line.front() == '#') continue;
    const std::size_t middle = line.rfind(':', last - 1);
    if (middle == std::string_view::npos) continue;
    const auto one = range(line.substr(middle + 1, last - middle - 1), line.substr(last + 1));
    if (one) unused = std::max(unused, std::uint64_t{one->start} + one->count);
  }
  return unused + kNewRange - 1 > kLastId ? 0 : static_cast<std::uint32_t>(unused);
}

std::string add_ranges_command(const SubordinateIds& ids, std::string_view user,
                               std::uint32_t start, Family family) {
  const bool no_uids = ids.uids.empty();
  const bool no_gids = ids.gids.empty();
  if (start == 0 || (!no_uids && !no_gids)) return {};
  const std::string who = shell_quoted(user);
  if (family == Family::alpine || family == Family::other) {
    return fmt::format("echo {}:{}:{} | sudo tee -a{}{}", who, start, kNewRange,
                       no_uids ? " /etc/subuid" : "", no_gids ? " /etc/subgid" : "");
  }
  const std::string range = fmt::format("{}-{}", start, start + kNewRange - 1);
  return fmt::format("sudo usermod{}{} {}", no_uids ? " --add-subuids " + range : "",
                     no_gids ? " --add-subgids " + range : "", who);
}

SubordinateIds subordinate_ids(const Host& host) {
  SubordinateIds found{ranges(host, IdKind::user), ranges(host, IdKind::group), {}};
  if (!found.uids.empty() && !found.gids.empty()) return found;
  const std::uint32_t starts[] = {first_unused(contents(kUids, kMaxFile).bytes),
                                  first_unused(contents(kGids, kMaxFile).bytes)};
  const bool is_full = starts[0] == 0 || starts[1] == 0;
  found.add = add_ranges_command(found, host.user, is_full ? 0 : std::max(starts[0], starts[1]),
                                 distribution().family);
  return found;
}

}  // namespace devbox::host
