#include "commands/build_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "build/compare.hpp"
#include "util/json.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

std::string text_of(std::string_view cause) {
  if (cause == build::kRandom) return "it differs where nothing is varied";
  if (cause == build::kTogether) return "no variation alone makes the difference";
  for (const build::VariationName& one : build::variations()) {
    if (one.name == cause) return std::string(one.text);
  }
  return "";
}

const char* word_of(build::Difference::What what) {
  using What = build::Difference::What;
  switch (what) {
    case What::content:
      return "content";
    case What::kind:
      return "kind";
    case What::mode:
      return "mode";
    case What::link:
      return "link";
    case What::only_in_first:
      return "only_in_first";
    case What::only_in_second:
      break;
  }
  return "only_in_second";
}

Json json_of(const build::Difference& difference) {
  Json json = {{"path", difference.path}, {"what", word_of(difference.what)}};
  if (difference.what != build::Difference::What::content) {
    json["first"] = difference.first;
    json["second"] = difference.second;
    return json;
  }
  json["offset"] = difference.offset;
  json["sizes"] = difference.sizes;
  if (difference.differing_bytes) json["differing_bytes"] = *difference.differing_bytes;
  if (!difference.where.empty()) json["where"] = difference.where;
  if (difference.text) json["text"] = *difference.text;
  return json;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// A program of a few kilobytes is no "0.0 MB".
std::string size_of(std::uint64_t bytes) {
  constexpr std::uint64_t kFewest = 1000;
  constexpr std::uint64_t kMany = 999'950;  // that would be "1000.0 kB"
  constexpr double kKilo = 1e3;
  if (bytes < kFewest) return counted(bytes, "byte", "bytes");
  if (bytes < kMany) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / kKilo);
  return megabytes(bytes);
}

}  // namespace

std::string verdict_text(const profile::Task& task, const build::Verdict& verdict,
                         const std::vector<NotVaried>& not_varied) {
  std::string text;
  for (const build::Difference& difference : verdict.differences)
    text += build::line(difference) + "\n";
  if (verdict.left_out > 0) text += fmt::format("differs: and {} more\n", verdict.left_out);
  for (const build::Cause& cause : verdict.causes) {
    std::string paths;
    for (const std::string& path : cause.paths)
      paths += (paths.empty() ? "" : ", ") + printable(path);
    text += fmt::format("cause: {} ({}): {}\n", cause.name, text_of(cause.name), paths);
  }
  for (const NotVaried& one : not_varied)
    text += fmt::format("not varied: {}: {}\n", one.name, one.why);
  const std::string what =
      fmt::format("{} of {} in {}", counted(verdict.files, "file", "files"), size_of(verdict.bytes),
                  counted(verdict.builds, "build", "builds"));
  return text + (verdict.differences.empty()
                     ? fmt::format("{} is reproducible: {}\n", printable(task.name), what)
                     : fmt::format("{} is not reproducible: {} of {}\n", printable(task.name),
                                   verdict.differences.size() + verdict.left_out, what));
}

std::string verdict_json(const profile::Task& task, const build::Verdict& verdict,
                         const std::set<build::Variation>& varied,
                         const std::vector<NotVaried>& not_varied) {
  Json json = {{"task", task.name},
               {"reproducible", verdict.differences.empty()},
               {"builds", verdict.builds},
               {"files", verdict.files},
               {"bytes", verdict.bytes}};
  json["varied"] = Json::array();
  for (const build::Variation variation : varied)
    json["varied"].push_back(std::string(build::name_of(variation)));
  json["not_varied"] = Json::array();
  for (const NotVaried& one : not_varied)
    json["not_varied"].push_back({{"name", one.name}, {"why", one.why}});
  json["differs"] = Json::array();
  for (const build::Difference& difference : verdict.differences)
    json["differs"].push_back(json_of(difference));
  if (verdict.left_out > 0) json["left_out"] = verdict.left_out;
  json["causes"] = Json::array();
  for (const build::Cause& cause : verdict.causes)
    json["causes"].push_back({{"name", cause.name}, {"paths", cause.paths}});
  return json_text(json);
}

}  // namespace devbox::commands
