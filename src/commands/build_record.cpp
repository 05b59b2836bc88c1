#include "commands/build_record.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "build/artifacts.hpp"
#include "build/log.hpp"
#include "build/sources.hpp"
#include "commands/build_progress.hpp"
#include "commands/build_steps.hpp"
#include "commands/commands.hpp"
#include "commands/pin.hpp"
#include "host/cannot.hpp"
#include "host/new_file.hpp"
#include "host/probe.hpp"
#include "store/identity.hpp"
#include "store/lock_file.hpp"
#include "util/error.hpp"
#include "util/json.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

constexpr std::size_t kMostRecordBytes = std::size_t{64} * 1024 * 1024;

// Of the bytes alone: the profile lies elsewhere in another checkout.
std::string profile_digest(const profile::Profile& profile) {
  std::string digests;
  for (const profile::ClosureFile& file : profile.closure)
    digests += store::sha256(file.bytes) + "\n";
  return store::sha256(digests);
}

// As they come into the project.
build::Artifacts outputs_of(const BuildSite& site, const std::vector<build::Built>& built) {
  const std::string directory = path::join(site.work(), "outputs");
  host::make_directories(directory);
  return build::artifacts(directory, build::publish(built, directory));
}

void add_image(const BuildSite& site, build::Record& record) {
  const Subject& subject = site.subject();
  record.image = source_text(subject);
  record.tree = path::filename(path::parent(site.root()));
  const profile::LockedImage pin = pin_of(subject, profile::LockPart::whole);
  for (const auto& [name, hex] : {std::pair("manifest", pin.manifest),
                                  {"config", pin.config},
                                  {"archive", pin.archive},
                                  {"plain", pin.plain},
                                  {"committed", pin.committed}}) {
    if (!hex.empty()) record.image_digests[name] = hex;
  }
  if (!subject.resolved.pin.empty()) return;
  const auto lock = store::read_lock(subject.found, subject.host);
  if (lock) record.lock = store::sha256(lock->bytes);
}

// What goes in.
build::Record inputs_of(const BuildSite& site) {
  build::Record record;
  record.task = site.task().name;
  record.build_path = site.usual().build_path;
  record.epoch = site.epoch();
  record.profile = profile_digest(site.subject().profile);
  add_image(site, record);
  const build::Artifacts sources = build::artifacts(site.tree(), site.files());
  record.sources = build::digest_of(sources);
  record.source_files = sources.size();
  record.commit = site.sources().commit;
  record.clean = build::is_clean(site.project(), site.sources(), site.tree());
  record.devbox = cli::version();
  return record;
}

std::string verdict_text(const build::Record& recorded, const std::vector<std::string>& lines,
                         const std::string& file) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  const std::string task = printable(recorded.task);
  const std::size_t count = recorded.outputs.size();
  return text + (lines.empty() ? fmt::format("{} is what {} records: {} {}\n", task,
                                             printable(file), count, count == 1 ? "file" : "files")
                               : fmt::format("{} is not what {} records\n", task, printable(file)));
}

std::string verdict_json(const build::Record& recorded, const std::vector<std::string>& lines,
                         const build::Artifacts& built) {
  Json json = {{"task", recorded.task}, {"verified", lines.empty()}};
  json["outputs"] = Json::array();
  for (const auto& [path, then] : recorded.outputs) {
    const auto now = built.find(path);
    Json one = {{"path", path}, {"recorded", then.sha256}};
    if (now != built.end()) one["built"] = now->second.sha256;
    one["same"] = now != built.end() && now->second == then;
    json["outputs"].push_back(std::move(one));
  }
  json["differs"] = lines;
  return json_text(json);
}

}  // namespace

void write_record(const BuildSite& site, const std::vector<build::Built>& built,
                  const std::string& file) {
  build::Record record = inputs_of(site);
  record.outputs = outputs_of(site, built);
  const std::string path = path::absolute(file, site.subject().host.cwd);
  const Fd directory(::open(path::parent(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) throw host::cannot("write", path, errno);
  host::NewFile written(directory.get(), path::parent(path), 0644);
  written.write(build::record_text(record));
  written.rename(path::filename(path));
}

build::Record read_record(const std::string& file) {
  return build::parse_record(host::read_file(file, kMostRecordBytes), file);
}

int verify_record(const BuildSite& site, const build::Record& recorded, const cli::Build& verb) {
  const std::vector<std::string> others = build::other_inputs(recorded, inputs_of(site));
  if (!others.empty()) {
    std::string message =
        fmt::format("what would go into {} is not what {} records:", printable(recorded.task),
                    printable(verb.verify));
    for (const std::string& other : others) message += "\n  " + other;
    throw Error(
        message,
        recorded.commit.empty() || !recorded.clean
            ? "it was built of files that no commit has as they were"
            : fmt::format("`git checkout {}` has the sources, and the profile with its lock "
                          "if they are in the repository",
                          printable(recorded.commit)));
  }
  build::Log log(site.logs(), site.task().name);
  BuildProgress progress(verb.quiet ? Talk::quiet : verb.verbose ? Talk::verbose : Talk::usual);
  const auto built =
      build_once(site, site.usual(), site.work(), BuildSite::Caches::none, log, progress);
  const build::Artifacts outputs = outputs_of(site, built);
  const std::vector<std::string> lines = build::other_outputs(recorded.outputs, outputs);
  print(verb.json ? verdict_json(recorded, lines, outputs)
                  : verdict_text(recorded, lines, verb.verify));
  return lines.empty() ? 0 : 1;
}

}  // namespace devbox::commands
