#include "build/publish.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>

#include "build/copy.hpp"
#include "host/cannot.hpp"
#include "store/remove_tree.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"

namespace devbox::build {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string parent_of(const std::string& output) {
  const std::string parent = path::parent(output);
  return parent == "." ? std::string() : parent;
}

// One output beside its place, under a name of its own; taken away at the end, whatever then has
// that name: the new one where it was not put in its place, else the old one.
class Staged {
 public:
  // Complete before anything is copied, so that half a copy is taken away too.
  Staged(int result, int project, const std::string& shown, const std::string& output)
      : Staged(project, shown, output) {
    store::remove_tree(directory_.get(), waiting_);
    const Fd from = make_below(result, parent_of(output), "the outputs");
    copy_tree(from.get(), name_, directory_.get(), waiting_, shown_);
  }
  ~Staged() {
    if (directory_) store::remove_tree(directory_.get(), waiting_);
  }
  // Whether `output` lies in this one.
  bool holds(const std::string& output) const { return path::is_within(output, output_); }
  const std::string& output() const { return output_; }

  // A later task's output, which does.
  void put_in(int result, const std::string& output) {
    const std::string below = output.substr(output_.size() + 1);
    const Fd top(::openat(directory_.get(), waiting_.c_str(), kDirectory));
    if (!top) throw host::cannot("open", shown_, errno);
    const Fd to = make_below(top.get(), parent_of(below), shown_);
    const Fd from = make_below(result, parent_of(output), "the outputs");
    const std::string name = path::filename(output);
    store::remove_tree(to.get(), name);
    copy_tree(from.get(), name, to.get(), name, output);
  }

  Staged(Staged&& other) noexcept = default;
  Staged& operator=(Staged&&) = delete;
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;

  void put() {
    const int at = directory_.get();
    if (::renameat2(at, waiting_.c_str(), at, name_.c_str(), RENAME_NOREPLACE) == 0) {
      placed_ = Placed::where_nothing_was;
      return;
    }
    // Which NOREPLACE is not known to every file system.
    const bool is_there =
        errno == EEXIST || ::faccessat(at, name_.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (!is_there && ::renameat(at, waiting_.c_str(), at, name_.c_str()) == 0) {
      placed_ = Placed::where_nothing_was;
      return;
    }
    if (is_there && exchange()) {
      placed_ = Placed::for_another;
      return;
    }
    throw host::cannot("replace", shown_, errno);
  }

  void take_back() noexcept {
    const int at = directory_.get();
    if (placed_ == Placed::where_nothing_was) ::renameat(at, name_.c_str(), at, waiting_.c_str());
    if (placed_ == Placed::for_another) exchange();
    placed_ = Placed::no;
  }

 private:
  Staged(int project, const std::string& shown, const std::string& output)
      : output_(output),
        shown_(path::join(shown, output)),
        name_(path::filename(output)),
        waiting_(kUnpublished + name_),
        directory_(make_below(project, parent_of(output), shown)) {}

  enum class Placed { no, where_nothing_was, for_another };

  bool exchange() noexcept {
    const int at = directory_.get();
    if (::renameat2(at, waiting_.c_str(), at, name_.c_str(), RENAME_EXCHANGE) == 0) return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
    // A network file system: for a moment nothing has the name.
    const std::string aside = waiting_ + "-old";
    if (::renameat(at, name_.c_str(), at, aside.c_str()) < 0) return false;
    if (::renameat(at, waiting_.c_str(), at, name_.c_str()) == 0)
      return ::renameat(at, aside.c_str(), at, waiting_.c_str()) == 0;
    const int err = errno;
    ::renameat(at, aside.c_str(), at, name_.c_str());
    errno = err;
    return false;
  }

  std::string output_, shown_, name_, waiting_;
  Fd directory_;
  Placed placed_ = Placed::no;
};

// Whether one of `later` takes the place of `output` altogether.
bool is_replaced(const std::string& output, std::span<const Results> later) {
  return std::ranges::any_of(later, [&](const Results& results) {
    return std::ranges::any_of(
        results.outputs, [&](const std::string& other) { return path::is_within(output, other); });
  });
}

std::vector<Staged> stage(const std::vector<Results>& all, int project, const std::string& shown) {
  std::vector<Staged> staged;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Fd from = open_directory(all[i].directory);
    for (const std::string& output : all[i].outputs) {
      if (is_replaced(output, std::span(all).subspan(i + 1))) continue;
      const auto outer =
          std::ranges::find_if(staged, [&](const Staged& one) { return one.holds(output); });
      if (outer != staged.end()) {
        outer->put_in(from.get(), output);
      } else {
        staged.emplace_back(from.get(), project, shown, output);
      }
    }
  }
  return staged;
}

}  // namespace

std::vector<std::string> publish(const std::vector<Results>& results, const std::string& project) {
  const Fd to = open_directory(project);
  std::vector<Staged> staged = stage(results, to.get(), project);
  try {
    for (Staged& one : staged) one.put();
  } catch (...) {
    for (Staged& one : staged) one.take_back();
    throw;
  }
  std::vector<std::string> outputs;
  outputs.reserve(staged.size());
  for (const Staged& one : staged) outputs.push_back(one.output());
  return outputs;
}

}  // namespace devbox::build
