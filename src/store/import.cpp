#include "store/import.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "host/helper.hpp"
#include "store/digest.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

Fd open_archive(const std::string& file) {
  Fd fd(::open(file.c_str(), host::kCautiousRead));
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0) throw host::cannot("open", file, errno);
  if (!S_ISREG(st.st_mode)) {
    throw Error(
        fmt::format("{} is {}, not an archive", printable(file), host::kind_text(st.st_mode)),
        S_ISDIR(st.st_mode) ? "a directory is used as it is with `rootfs:`" : "name a tar archive");
  }
  return fd;
}

// What the sandboxed half says is from somebody else's hands: each value may be missing, or of
// another type.
class Findings {
 public:
  explicit Findings(const Progress& progress) : progress_(progress) {}

  void add(std::string_view line) {
    std::optional<Json> said = parse_json(line);
    if (!said || !said->is_object()) return;
    if (!said->contains("tree") && !said->contains("error"))
      progress_(number(*said, "names"), number(*said, "bytes"));
    last_ = std::move(*said);
  }

  static std::uint64_t number(const Json& said, const char* key) {
    const auto found = said.find(key);
    return found != said.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
  }

  std::string text(const char* key) const {
    const auto found = last_.find(key);
    return found != last_.end() && found->is_string() ? found->get<std::string>() : std::string();
  }

  Imported imported() const {
    Imported result{.archive = {},
                    .tree = text("tree"),
                    .plain = text("plain"),
                    .names = number(last_, "names"),
                    .bytes = number(last_, "bytes"),
                    .notes = {}};
    const auto notes = last_.find("notes");
    if (notes == last_.end() || !notes->is_array()) return result;
    for (const Json& note : *notes) {
      if (note.is_string()) result.notes.push_back(printable(note.get<std::string>()));
    }
    return result;
  }

 private:
  const Progress& progress_;
  Json last_ = Json::object();
};

Json info_of(const Imported& imported, const Label& label) {
  Json info = {{"source", label.source},
               {"archive", "sha256:" + imported.archive},
               {"tree", "sha256:" + imported.tree},
               {"plain", "sha256:" + imported.plain},
               {"names", imported.names},
               {"bytes", imported.bytes},
               {"imported", static_cast<std::int64_t>(::time(nullptr))}};
  info.update(label.more);
  return info;
}

Imported unpack(const Pinned::Staging& staging, const std::string& image, const Stream& stream,
                const Progress& progress) {
  Findings findings(progress);
  const host::Helped helped = host::run_helper({image, "unpack", staging.path()}, stream.fd,
                                               [&](std::string_view line) { findings.add(line); });
  const std::optional<Json> said = parse_json(helped.output);
  const std::string hash = said && said->contains("archive") ? said->value("archive", "") : "";
  // Before whatever went wrong with bytes that are not the ones that were asked for.
  if (is_digest(hash) && !stream.expected.empty() && hash != stream.expected) {
    throw Error(
        fmt::format("{} is not the archive that the profile pins: it has sha256:{}, and the "
                    "profile wants sha256:{}",
                    printable(stream.shown), hash, stream.expected),
        "get the archive that was meant, or pin this one if you trust it");
  }
  if (helped.status != 0 && !findings.text("error").empty()) {
    throw Error(fmt::format("cannot import {}: {}", printable(stream.shown),
                            printable(findings.text("error"))),
                printable(findings.text("hint")));
  }
  Imported imported = findings.imported();
  imported.archive = hash;
  if (helped.status != 0 || !is_digest(hash) || !is_digest(imported.tree)) {
    throw Error(fmt::format("cannot import {}: devbox-image ended with status {}",
                            printable(stream.shown), helped.status),
                helped.status > 128 ? "a signal ended it; is the memory used up?"
                                    : "what it said above is the cause");
  }
  return imported;
}

}  // namespace

Imported import_stream(const Pinned& store, const std::string& image, const Stream& stream,
                       const Progress& progress, const Decide& decide) {
  Pinned::Staging staging = store.stage();
  Imported imported = unpack(staging, image, stream, progress);
  const Label label = decide(imported);
  store.publish(std::move(staging), label.key, imported.tree, info_of(imported, label));
  return imported;
}

std::string archive_key(std::string_view sha256) { return fmt::format("tar-{}", sha256); }

Imported import_archive(const Pinned& store, const std::string& image, const std::string& file,
                        const std::string& expected, const Progress& progress) {
  const Fd archive = open_archive(file);
  return import_stream(store, image, {archive.get(), file, expected}, progress,
                       [&](const Imported& imported) {
                         return Label{archive_key(imported.archive), "tar:" + file};
                       });
}

}  // namespace devbox::store
