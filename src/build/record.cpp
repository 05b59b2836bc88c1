#include "build/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "store/digest.hpp"
#include "util/error.hpp"
#include "util/json.hpp"
#include "util/text.hpp"

namespace devbox::build {
namespace {

constexpr const char* kStatement = "https://in-toto.io/Statement/v1";
constexpr const char* kProvenance = "https://slsa.dev/provenance/v1";
constexpr const char* kBuildType = "urn:devbox:build:1";
constexpr const char* kBuilder = "urn:devbox";

Json digest(const std::string& hex) { return {{"sha256", hex}}; }

Json subject_of(const Artifacts& outputs) {
  Json subject = Json::array();
  for (const auto& [path, artifact] : outputs) {
    Json one = {{"name", path}, {"digest", digest(artifact.sha256)}};
    if (artifact.link) one["annotations"] = {{"kind", "link"}};
    if (artifact.executable) one["annotations"] = {{"kind", "executable"}};
    subject.push_back(std::move(one));
  }
  return subject;
}

Json dependencies_of(const Record& record) {
  Json all = Json::array();
  all.push_back({{"name", "profile"}, {"digest", digest(record.profile)}});
  if (!record.lock.empty()) all.push_back({{"name", "lock"}, {"digest", digest(record.lock)}});
  for (const auto& [name, hex] : record.image_digests)
    all.push_back({{"name", "image " + name}, {"uri", record.image}, {"digest", digest(hex)}});
  all.push_back({{"name", "root"}, {"uri", record.image}, {"digest", digest(record.tree)}});
  all.push_back({{"name", "sources"},
                 {"digest", digest(record.sources)},
                 {"annotations", {{"files", record.source_files}}}});
  if (!record.commit.empty()) {
    all.push_back({{"name", "commit"},
                   {"digest", {{"gitCommit", record.commit}}},
                   {"annotations", {{"clean", record.clean}}}});
  }
  return all;
}

// What a document of somebody else's holds, each value of the type that is wanted or an error.
class Reader {
 public:
  explicit Reader(std::string_view shown) : shown_(printable(shown)) {}

  [[noreturn]] void fail(const std::string& why) const {
    throw Error(fmt::format("{} is no record of a build: {}", shown_, why),
                "`devbox build --record FILE` writes one");
  }
  const ForeignJson& at(const ForeignJson& json, const char* key) const {
    const auto found = json.is_object() ? json.find(key) : json.end();
    if (!json.is_object() || found == json.end()) fail(fmt::format("it has no `{}`", key));
    return *found;
  }
  std::string text(const ForeignJson& json, const char* key) const {
    const ForeignJson& value = at(json, key);
    if (!value.is_string()) fail(fmt::format("`{}` is no text", key));
    return value.get<std::string>();
  }
  std::string hash(const ForeignJson& json) const {
    std::string hex = text(at(json, "digest"), "sha256");
    if (!store::is_digest(hex)) fail("a `sha256` is no digest");
    return hex;
  }
  const ForeignJson& list(const ForeignJson& json, const char* key) const {
    const ForeignJson& value = at(json, key);
    if (!value.is_array()) fail(fmt::format("`{}` is no list", key));
    return value;
  }
  void expect(const ForeignJson& json, const char* key, std::string_view wanted) const {
    const std::string found = text(json, key);
    if (found != wanted) fail(fmt::format("its `{}` is `{}`", key, printable(found)));
  }

 private:
  std::string shown_;
};

// Null where there is none.
ForeignJson annotation(const ForeignJson& json, const char* key) {
  const auto notes = json.find("annotations");
  return notes != json.end() && notes->is_object() ? notes->value(key, ForeignJson())
                                                   : ForeignJson();
}

void read_dependency(const Reader& reader, const ForeignJson& json, Record& record) {
  constexpr std::string_view kImage = "image ";
  const std::string name = reader.text(json, "name");
  if (name == "commit") {
    record.commit = reader.text(reader.at(json, "digest"), "gitCommit");
    record.clean = annotation(json, "clean") == ForeignJson(true);
    return;
  }
  const std::string hash = reader.hash(json);
  if (name == "profile") record.profile = hash;
  if (name == "lock") record.lock = hash;
  if (name == "root") record.tree = hash;
  if (name == "sources") record.sources = hash;
  if (name == "root") record.image = reader.text(json, "uri");
  if (name.starts_with(kImage)) record.image_digests[name.substr(kImage.size())] = hash;
}

std::string shortened(const std::string& hex) {
  constexpr std::size_t kShown = 12;
  return hex.size() > kShown ? hex.substr(0, kShown) + "…" : hex.empty() ? "none" : hex;
}

}  // namespace

std::string record_text(const Record& record) {
  const Json definition = {
      {"buildType", kBuildType},
      {"externalParameters", {{"task", record.task}, {"build_path", record.build_path}}},
      {"internalParameters", {{"source_date_epoch", record.epoch}, {"devbox", record.devbox}}},
      {"resolvedDependencies", dependencies_of(record)}};
  return json_text(
      {{"_type", kStatement},
       {"subject", subject_of(record.outputs)},
       {"predicateType", kProvenance},
       {"predicate",
        {{"buildDefinition", definition}, {"runDetails", {{"builder", {{"id", kBuilder}}}}}}}});
}

Record parse_record(std::string_view text, std::string_view shown) {
  const Reader reader(shown);
  const std::optional<ForeignJson> json = parse_foreign_json(text);
  if (!json) reader.fail("it is no JSON");
  reader.expect(*json, "_type", kStatement);
  reader.expect(*json, "predicateType", kProvenance);
  const ForeignJson& definition = reader.at(reader.at(*json, "predicate"), "buildDefinition");
  reader.expect(definition, "buildType", kBuildType);
  Record record;
  const ForeignJson& external = reader.at(definition, "externalParameters");
  record.task = reader.text(external, "task");
  record.build_path = reader.text(external, "build_path");
  const ForeignJson& internal = reader.at(definition, "internalParameters");
  const ForeignJson& epoch = reader.at(internal, "source_date_epoch");
  if (!epoch.is_number_unsigned() || epoch.get<std::uint64_t>() > INT64_MAX)
    reader.fail("`source_date_epoch` is no number of seconds");
  record.epoch = epoch.get<std::int64_t>();
  for (const ForeignJson& one : reader.list(definition, "resolvedDependencies"))
    read_dependency(reader, one, record);
  for (const ForeignJson& one : reader.list(*json, "subject")) {
    const ForeignJson kind = annotation(one, "kind");
    record.outputs[reader.text(one, "name")] = {
        .sha256 = reader.hash(one), .executable = kind == "executable", .link = kind == "link"};
  }
  return record;
}

std::vector<std::string> other_inputs(const Record& recorded, const Record& here) {
  std::vector<std::string> lines;
  const auto compare = [&](const char* what, const std::string& then, const std::string& now) {
    if (then != now) {
      lines.push_back(fmt::format("{}: recorded {}, here {}", what, printable(shortened(then)),
                                  printable(shortened(now))));
    }
  };
  compare("the profile", recorded.profile, here.profile);
  compare("the lock file", recorded.lock, here.lock);
  compare("the image's root filesystem", recorded.tree, here.tree);
  compare("the sources", recorded.sources, here.sources);
  if (!recorded.commit.empty() && recorded.sources != here.sources)
    compare("the commit", recorded.commit, here.commit);
  return lines;
}

std::vector<std::string> other_outputs(const Artifacts& recorded, const Artifacts& built) {
  std::vector<std::string> lines;
  for (const auto& [path, then] : recorded) {
    const auto now = built.find(path);
    if (now == built.end()) {
      lines.push_back(fmt::format("differs: {} is recorded, and was not built", printable(path)));
    } else if (now->second.sha256 != then.sha256) {
      lines.push_back(fmt::format("differs: {}: recorded sha256 {}, built {}", printable(path),
                                  then.sha256, now->second.sha256));
    } else if (now->second != then) {
      lines.push_back(
          fmt::format("differs: {}: it is recorded as another kind of file, or with "
                      "another mode",
                      printable(path)));
    }
  }
  for (const auto& [path, now] : built) {
    if (!recorded.contains(path))
      lines.push_back(fmt::format("differs: {} was built, and is not recorded", printable(path)));
  }
  return lines;
}

}  // namespace devbox::build
