#include "store/verify.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "host/mapped.hpp"
#include "profile/url.hpp"
#include "store/bootstrap.hpp"
#include "store/fetch.hpp"
#include "store/helper.hpp"
#include "store/import.hpp"
#include "store/listing.hpp"
#include "store/pull.hpp"
#include "store/written.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

std::string place_of(const Pinned& store, const std::string& tree) {
  return path::join(store.directory(), "trees/" + tree);
}

// Whether nobody else holds it. Who comes later finds the new root.
bool is_alone(const Fd& lock) {
  const bool alone = ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
  ::flock(lock.get(), LOCK_UN);
  return alone;
}

// renameat2 is ENOSYS or EINVAL where a file system cannot exchange.
void exchange(int directory, const std::string& aside, const std::string& shown) {
  if (::renameat2(directory, aside.c_str(), directory, "root", RENAME_EXCHANGE) == 0) return;
  if (errno == ENOENT) {  // the root is gone altogether
    if (::renameat(directory, aside.c_str(), directory, "root") == 0) return;
  } else if (errno == EINVAL || errno == ENOSYS) {
    const std::string old = aside + ".old";
    if (::renameat(directory, "root", directory, old.c_str()) == 0 &&
        ::renameat(directory, aside.c_str(), directory, "root") == 0)
      return;
  }
  throw host::cannot("put in place", shown, errno);
}

// A directory that moves is written to: its ".." changes.
void move_root(int from, int to, const std::string& aside, const std::string& shown) {
  struct stat st {};
  if (::fstatat(from, "root", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
      ::fchmodat(from, "root", 0700, 0) < 0 || ::renameat(from, "root", to, aside.c_str()) < 0 ||
      ::fchmodat(to, aside.c_str(), st.st_mode & 07777U, 0) < 0)
    throw host::cannot("move the new tree to", shown, errno);
}

// The new root goes beside the old one, and then the two change places, so that there is always
// one. Where a box may be using the old one, that stays until nobody does.
void put_in_place(const Pinned& store, const Pinned::Staging& staging, const std::string& tree) {
  const std::string directory = place_of(store, tree);
  const Fd lock = store.lock_tree(tree);
  if (!lock) throw host::cannot("find", directory, ENOENT);
  const Fd from = open_directory(staging.path());
  if (::syncfs(from.get()) < 0) throw host::cannot("sync", staging.path(), errno);
  const std::string aside = kReplaced + path::filename(staging.path());
  const auto move = [&] {
    move_root(from.get(), lock.get(), aside, directory);
    return std::string();
  };
  if (store.ids() == nullptr) {
    move();
  } else {
    host::run_mapped(store.ids()->all(), store.ids()->user(), "to move files of other ids in",
                     move);
  }
  exchange(lock.get(), aside, directory);
  if (::renameat(from.get(), "manifest", lock.get(), "manifest") < 0 || ::fsync(lock.get()) < 0)
    throw host::cannot("put in place the manifest of", directory, errno);
  if (!is_alone(lock)) return;
  for (const std::string& name : names_in(directory)) {
    if (name.starts_with(kReplaced)) store.remove(lock.get(), directory, name);
  }
}

Imported unpack_archive_again(const Pinned& store, const Pinned::Staging& staging,
                              const std::string& image, const host::Host& host,
                              const PinnedTree& source, const Progress& progress) {
  constexpr std::string_view kTar = "tar:";
  constexpr std::string_view kSha256 = "sha256:";
  const std::string from = info_text(source, "source");
  const std::string archive = info_text(source, "archive");
  if (!from.starts_with(kTar) || !archive.starts_with(kSha256)) {
    throw Error(fmt::format("what {} was made from is not kept", printable(from)),
                "remove it with `devbox image rm`, and pull it again");
  }
  Stream stream;
  stream.shown = from.substr(kTar.size());
  stream.pinned_by = "the store";
  stream.expected = archive.substr(kSha256.size());
  if (profile::is_url(stream.shown))
    return fetch(store, staging, image, archive_url(host, stream.shown), stream, progress);
  const Fd fd = open_archive(stream.shown);
  stream.fd = fd.get();
  return unpack(store, staging, image, stream, progress);
}

// What made the same source another tree.
const char* cause_of_another(bool debian) {
  return debian ? "a script of a package depends on the time or the machine; remove it with "
                  "`devbox image rm`, and lock it anew"
                : "another devbox unpacked it; remove it with `devbox image rm`, and pull it again";
}

// By each kind of source in its own way; a kind that is not here cannot be made again. Throws Error
// where this source cannot make the tree.
Sharing remake(const Pinned& store, const std::string& image, const host::Host& host,
               const StoredTree& tree, const PinnedTree& source, const Progress& progress) {
  const std::string shown = info_text(source, "source");
  const bool debian = shown.starts_with(kDebian);
  if (source.key.starts_with(kCommitted)) {
    throw Error("it was made by `devbox box commit`, and what it was made of is not kept",
                "pull it from where it was pushed to, or remove it with `devbox image rm`, and "
                "commit again");
  }
  const Pinned::Staging staging = store.stage();
  const auto again = [&] {
    if (debian) return bootstrap_again(store, staging, image, host, source, progress);
    if (source.info.contains("pull")) return pull_again(store, staging, image, source, progress);
    return unpack_archive_again(store, staging, image, host, source, progress);
  };
  const Imported imported = again();
  if (imported.tree != tree.tree) {
    throw Error(
        fmt::format("{} makes another tree now: sha256:{}", printable(shown), imported.tree),
        cause_of_another(debian));
  }
  Sharing sharing = share_files(store, image, staging.name(), staging);
  put_in_place(store, staging, tree.tree);
  return sharing;
}

// Whole files of others in the place of damaged ones. Returns how many of the pool were damaged.
std::uint64_t take_from_others(const Pinned& store, const std::string& image,
                               const std::string& tree) {
  try {
    const Pinned::Staging scratch = store.stage();
    return share_files(store, image, "trees/" + tree, scratch).damaged;
  } catch (const Error&) {
    return 0;  // the tree is not what it says at all: that is found next
  }
}

}  // namespace

std::optional<Verdict> verify(const Pinned& store, const std::string& image,
                              const std::string& tree, const ReadBytes& progress) {
  const std::string directory = place_of(store, tree);
  const Fd lock = store.lock_tree(tree);
  if (!lock) return std::nullopt;
  Verdict verdict;
  const Answer answer =
      ask(with_owners({image, "verify", directory, tree}, store), -1, [&](const Finding& finding) {
        if (finding.has("differs")) {
          verdict.differences.push_back({finding.text("path"), finding.texts("differs")});
        } else if (finding.has("bytes")) {
          progress(finding.number("bytes"));
        }
      });
  if (answer.status != 0) throw helper_failed("verify " + printable(directory), answer);
  verdict.files = answer.last.number("files");
  verdict.bytes = answer.last.number("read");
  return verdict;
}

Repair repair(const Pinned& store, const std::string& image, const host::Host& host,
              const StoredTree& tree, const RepairProgress& progress) {
  Repair result;
  result.others = take_from_others(store, image, tree.tree) > 0;
  const auto look = [&] {
    result.after = verify(store, image, tree.tree, progress.read).value_or(Verdict{});
  };
  look();
  for (const PinnedTree& source : tree.sources) {
    if (result.after.differences.empty()) break;
    try {
      if (remake(store, image, host, tree, source, progress.made).damaged > 0) result.others = true;
      look();
    } catch (const Error& error) {
      result.why_not = error.message();
      result.hint = error.hint();
    }
  }
  return result;
}

}  // namespace devbox::store
