#include "store/import.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "host/owners.hpp"
#include "store/digest.hpp"
#include "store/helper.hpp"
#include "store/room.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

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

Imported imported_of(const Finding& tree, const std::string& archive) {
  Imported imported{.archive = archive,
                    .tree = tree.text("tree"),
                    .plain = tree.text("plain"),
                    .names = tree.number("names"),
                    .bytes = tree.number("bytes"),
                    .notes = {},
                    .said = Json::object()};
  for (const std::string& note : tree.texts("notes")) imported.notes.push_back(printable(note));
  return imported;
}

Step layer_step(const Finding& finding) {
  Step step;
  step.layer = {.number = finding.number("layer"),
                .of = finding.number("layers"),
                .fetched = finding.number("fetched"),
                .size = finding.number("size"),
                .digest = finding.text("digest"),
                .name = finding.text("name"),
                .waiting = finding.number("waiting") != 0};
  return step;
}

}  // namespace

Step step_in(const Finding& finding) {
  if (finding.has("layer")) return layer_step(finding);
  return {.doing = finding.text("doing"),
          .done = finding.number("done"),
          .total = finding.number("total"),
          .size = finding.text("size"),
          .names = finding.number("names"),
          .bytes = finding.number("bytes")};
}

namespace {

std::string verb_for_people(const Stream& stream) {
  std::string_view verb = stream.verb;
  if (verb == "unpack") verb = "import";
  if (verb == "bootstrap") verb = "make";
  return fmt::format("{} {}", verb, printable(stream.shown));
}

}  // namespace

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

std::string archive_digest(const std::string& file) {
  constexpr std::size_t kPiece = std::size_t{1} << 20U;
  const Fd fd = open_archive(file);
  Digest digest;
  std::string piece(kPiece, '\0');
  for (ssize_t got = 0; (got = ::read(fd.get(), piece.data(), piece.size())) != 0;) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw host::cannot("read", file, errno);
    digest.add(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
  }
  return digest.hex();
}

std::vector<std::string> with_owners(std::vector<std::string> argv, const Pinned& store) {
  if (store.ids() != nullptr) argv.push_back(host::owners_text(store.ids()->owners()));
  return argv;
}

Imported unpack(const Pinned& store, const Pinned::Staging& staging, const std::string& image,
                const Stream& stream, const Progress& progress) {
  Finding tree;  // who fetches may still speak once who unpacks has the tree
  const Answer answer = ask(with_owners({image, stream.verb, staging.path()}, store), stream.fd,
                            [&](const Finding& finding) {
                              if (finding.has("tree")) tree = finding;
                              if (finding.has("tree") || finding.has("error")) return;
                              progress(step_in(finding));
                            });
  const std::optional<Json> said = parse_json(answer.output);
  const std::string hash = said && said->is_object() ? Finding(*said).text("archive") : "";
  // Before whatever went wrong with bytes that are not the ones that were asked for.
  if (is_digest(hash) && !stream.expected.empty() && hash != stream.expected) {
    throw Error(
        fmt::format(
            "{0} is not the archive that {1} pins: it has sha256:{2}, and {1} wants sha256:{3}",
            printable(stream.shown), stream.pinned_by, hash, stream.expected),
        "get the archive that was meant, or pin this one if you trust it");
  }
  Imported imported = imported_of(tree, hash);
  if (said && said->is_object()) imported.said = *said;
  if (answer.status != 0 || !is_digest(hash) || !is_digest(imported.tree))
    throw helper_failed(verb_for_people(stream), answer);
  return imported;
}

namespace {

Imported import_into(const Pinned& store, Pinned::Staging& staging, const std::string& image,
                     const Stream& stream, const Decide& decide, const Progress& progress) {
  Imported imported = unpack(store, staging, image, stream, progress);
  const Label label = decide(imported);
  // A tree that is there stays, and so it is that which shares.
  const std::optional<HeldTree> there = store.hold_tree(imported.tree);
  const Sharing sharing = [&] {
    try {
      return share_files(store, image, there ? "trees/" + imported.tree : staging.name(), staging);
    } catch (const Error& error) {
      throw Incomplete(error);
    }
  }();
  if (!sharing.reason.empty()) {
    imported.notes.push_back(fmt::format("{} files are not shared with other images: {}",
                                         sharing.alone, sharing.reason));
  }
  store.publish(std::move(staging), label.key, imported.tree, info_of(imported, label));
  return imported;
}

}  // namespace

Imported import_stream(const Pinned& store, const std::string& image, const Stream& stream,
                       const Progress& progress, const Decide& decide) {
  if (store.ids() != nullptr) store.ids()->owners();  // or says why there can be none
  Room room(store.directory());
  Pinned::Staging staging = store.stage();
  const Progress watched = [&](const Step& step) {
    room.take(step);
    progress(step);
  };
  try {
    return import_into(store, staging, image, stream, decide, watched);
  } catch (const Incomplete&) {
    throw;
  } catch (const Error& error) {
    throw room.explained(error);
  }
}

Sharing share_files(const Pinned& store, const std::string& image, const std::string& tree,
                    const Pinned::Staging& scratch) {
  if (store.ids() != nullptr) return {};
  const Answer answer =
      ask({image, "share", store.directory(), tree, scratch.name()}, -1, [](const Finding&) {});
  if (answer.status != 0) throw helper_failed("share the files of " + tree, answer);
  return {.taken_bytes = answer.last.number("taken_bytes"),
          .damaged = answer.last.number("damaged"),
          .alone = answer.last.number("alone"),
          .reason = printable(answer.last.text("reason"))};
}

std::string archive_key(std::string_view sha256) { return fmt::format("tar-{}", sha256); }

Imported import_archive(const Pinned& store, const std::string& image, const std::string& file,
                        const std::string& expected, const Progress& progress) {
  const Fd archive = open_archive(file);
  return import_stream(store, image, {.fd = archive.get(), .shown = file, .expected = expected},
                       progress, [&](const Imported& imported) {
                         return Label{archive_key(imported.archive), "tar:" + file};
                       });
}

}  // namespace devbox::store
