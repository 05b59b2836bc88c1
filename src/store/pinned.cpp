#include "store/pinned.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "host/new_file.hpp"
#include "store/digest.hpp"
#include "store/listing.hpp"
#include "store/remove_tree.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

constexpr const char* kVersion = "1\n";
constexpr std::size_t kMostInfo = std::size_t{16} << 20U;  // of ten thousands of packages

Fd make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) < 0 && errno != EEXIST) throw host::cannot("make", path, errno);
  return open_directory(path);
}

void write_file(int directory, const char* name, const std::string& bytes,
                const std::string& shown) {
  const Fd file(::openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) throw host::cannot("write", shown, errno);
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t written = ::write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw host::cannot("write", shown, errno);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool is_directory(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

// Whether what `path` leads to is what is open as `fd`.
bool names(const std::string& path, int fd) {
  struct stat held {};
  struct stat named {};
  return ::fstat(fd, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

// Once a day at the most. A store that cannot be written needs no last use: nobody cleans it up.
void note_use(int tree) {
  constexpr std::int64_t kDay = 24 * 60 * 60;
  struct stat st {};
  if (::fstat(tree, &st) == 0 && ::time(nullptr) - st.st_mtim.tv_sec >= kDay)
    ::futimens(tree, nullptr);
}

// A directory that a removal was killed at may be closed to us; then nobody holds its lock either.
bool is_abandoned(int staging, const std::string& name) {
  const Fd fd(::openat(staging, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return fd ? ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0 : errno == EACCES;
}

}  // namespace

void Pinned::remove(int directory, const std::string& shown, const std::string& name) const {
  if (!ids_) return remove_tree(directory, name);
  remove_with_ids(directory, shown, {name}, ids_->all(), ids_->user());
}

// Between its making and its locking a directory looks like a dead process's: whoever looks or
// makes one locks all of them.
void Pinned::clean(const Fd& staging, const std::string& path) const {
  if (::flock(staging.get(), LOCK_EX) < 0) throw host::cannot("lock", path, errno);
  for (const std::string& name : names_in(path)) {
    if (is_abandoned(staging.get(), name)) remove(staging.get(), path, name);
  }
}

Pinned::Staging::~Staging() {
  if (!directory_) return;
  try {
    store_->remove(parent_.get(), path::parent(path_), name_);
  } catch (const std::exception&) {
    // The next import finds what is left, and says what is in its way.
  }
}

void Pinned::require_version() const {
  const std::string file = path::join(directory_, "version");
  const host::Contents found = host::contents(file.c_str(), 64);
  if (found.err == ENOENT || found.bytes == kVersion) return;
  if (found.err != 0) throw host::cannot("read", file, found.err);
  throw Error(
      fmt::format("the store {} has the format {}, and this devbox knows format 1",
                  printable(directory_), printable(found.bytes.substr(0, found.bytes.find('\n')))),
      "a newer devbox wrote it: use that one, or set XDG_DATA_HOME to another directory");
}

std::optional<std::string> Pinned::digest_of(const std::string& key) const {
  std::optional<std::string> tree = link_text(path::join(path::join(directory_, "sources"), key));
  if (!tree) return std::nullopt;
  require_version();
  if (!is_digest(*tree)) return std::nullopt;
  return tree;
}

std::optional<std::string> Pinned::find(const std::string& key) const {
  const std::optional<std::string> tree = digest_of(key);
  if (!tree) return std::nullopt;
  std::string root = fmt::format("{}/trees/{}/root", directory_, *tree);
  if (!is_directory(root)) return std::nullopt;
  return root;
}

std::optional<HeldTree> Pinned::hold(const std::string& key) const {
  const std::optional<std::string> tree = digest_of(key);
  if (!tree) return std::nullopt;
  std::optional<HeldTree> held = hold_tree(*tree);
  if (held) note_use(held->lock.get());
  return held;
}

std::optional<HeldTree> Pinned::hold_tree(const std::string& tree) const {
  std::string root = fmt::format("{}/trees/{}/root", directory_, tree);
  Fd lock = lock_tree(tree);
  if (!lock || !is_directory(root)) return std::nullopt;
  return HeldTree{std::move(root), std::move(lock)};
}

Fd Pinned::lock_tree(const std::string& tree) const {
  const std::string directory = fmt::format("{}/trees/{}", directory_, tree);
  while (true) {
    Fd lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!lock) {
      if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return {};
      throw host::cannot("open", directory, errno);
    }
    // Who removes it has its lock for a moment only. A file system without locks lets nobody remove
    // it either.
    while (::flock(lock.get(), LOCK_SH) < 0 && errno == EINTR) {
    }
    if (names(directory, lock.get())) return lock;  // else it was removed meanwhile
  }
}

Json Pinned::about(const std::string& key) const {
  const std::string file = fmt::format("{}/about/{}.json", directory_, key);
  std::optional<Json> info = parse_json(host::contents(file.c_str(), kMostInfo).bytes);
  return info && info->is_object() ? std::move(*info) : Json::object();
}

std::vector<PinnedTree> Pinned::list() const {
  require_version();
  std::vector<PinnedTree> trees;
  const std::string sources = path::join(directory_, "sources");
  for (const std::string& key : names_in(sources)) {
    const auto tree = link_text(path::join(sources, key));
    if (!tree || !is_digest(*tree) || !find(key)) continue;
    trees.push_back({key, *tree, about(key)});
  }
  return trees;
}

Pinned::Staging Pinned::stage() const {
  host::make_directories(directory_);
  const Fd store = open_directory(directory_);
  require_version();
  Staging staging;
  staging.store_ = this;
  const std::string all = path::join(directory_, "staging");
  staging.parent_ = make_directory(all);
  clean(staging.parent_, all);
  struct timespec now {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  staging.name_ = fmt::format("{}.{:x}{:08x}", ::getpid(), now.tv_sec, now.tv_nsec);
  staging.path_ = path::join(all, staging.name_);
  if (::mkdirat(staging.parent_.get(), staging.name_.c_str(), 0700) < 0)
    throw host::cannot("make", staging.path_, errno);
  staging.directory_ = open_directory(staging.path_);
  if (::flock(staging.directory_.get(), LOCK_EX | LOCK_NB) < 0)
    throw host::cannot("lock", staging.path_, errno);
  write_version(store.get(), staging);
  ::flock(staging.parent_.get(), LOCK_UN);
  return staging;
}

void Pinned::clean_staging() const {
  const std::string all = path::join(directory_, "staging");
  if (names_in(all).empty()) return;
  clean(open_directory(all), all);
}

// By a rename, so that nobody ever reads half of it, and only where it is missing: a full disk must
// not make an old store unreadable.
void Pinned::write_version(int store, const Staging& staging) const {
  const std::string shown = path::join(directory_, "version");
  if (::faccessat(store, "version", F_OK, 0) == 0) return;
  write_file(staging.directory_.get(), "version", kVersion, shown);
  if (::renameat(staging.directory_.get(), "version", store, "version") < 0)
    throw host::cannot("write", shown, errno);
}

void Pinned::publish(Staging staging, const std::string& key, const std::string& tree,
                     const Json& info) const {
  write_file(staging.directory_.get(), "info.json", json_text(info), staging.path_);
  const Fd trees = make_directory(path::join(directory_, "trees"));
  const Fd sources = make_directory(path::join(directory_, "sources"));
  const Fd about = make_directory(path::join(directory_, "about"));
  // Who removes has it alone: no tree goes between the look at it and its new source.
  if (::flock(trees.get(), LOCK_SH) < 0)
    throw host::cannot("lock", path::join(directory_, "trees"), errno);
  if (::syncfs(staging.directory_.get()) < 0) throw host::cannot("sync", staging.path_, errno);
  // The link is made in the directory that is published, so that a kill leaves no temporary name.
  if (::symlinkat(tree.c_str(), staging.directory_.get(), "source") < 0)
    throw host::cannot("write", staging.path_, errno);
  const bool published =
      ::renameat(staging.parent_.get(), staging.name_.c_str(), trees.get(), tree.c_str()) == 0;
  if (!published && errno != EEXIST && errno != ENOTEMPTY)
    throw host::cannot("publish", path::join(directory_, "trees/" + tree), errno);
  const std::string file = key + ".json";
  if (::renameat(staging.directory_.get(), "info.json", about.get(), file.c_str()) < 0 ||
      ::renameat(staging.directory_.get(), "source", sources.get(), key.c_str()) < 0 ||
      ::fsync(sources.get()) < 0) {
    throw host::cannot("write", path::join(directory_, "sources/" + key), errno);
  }
  if (published) staging.directory_.reset();
}

}  // namespace devbox::store
