// devbox-image fetch and hash: an archive that a server has. This process knows the proxies and
// their passwords, and counts and hashes bytes; another, which is confined, unpacks them.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "host/process.hpp"
#include "image/download.hpp"
#include "image/program/half.hpp"
#include "image/program/say.hpp"
#include "image/recipe.hpp"

namespace devbox::image {
namespace {

// How much has come, as of the only layer, a few times a second.
class Telling {
 public:
  explicit Telling(const Url& url) : name_(file_name(url)) {}

  void tell(std::uint64_t bytes, std::uint64_t size) {
    const auto time = Clock::now();
    const bool often = told_ && bytes != size && time - *told_ < std::chrono::milliseconds(100);
    if (often) return;
    told_ = time;
    say({{"layer", 0},
         {"layers", 1},
         {"fetched", bytes},
         {"size", size},
         {"name", name_},
         {"waiting", 0}});
  }

 private:
  using Clock = std::chrono::steady_clock;
  const std::string name_;
  std::optional<Clock::time_point> told_;
};

// What unpacks, as whoever fetches sees it. At the end it is killed before the ring is closed,
// which would look like the end of the archive.
class Unpacking {
 public:
  Unpacking(const std::string& directory, const Owners& owners)
      : half_(start_half(directory, owners)), child_(half_.pid) {}

  void give(std::string_view bytes) {
    while (!bytes.empty() && half_.archive->wanted()) {
      if (room_.empty()) room_ = half_.archive->room();
      const std::size_t count = std::min(bytes.size(), room_.size() - filled_);
      std::memcpy(room_.data() + filled_, bytes.data(), count);
      bytes.remove_prefix(count);
      filled_ += count;
      if (filled_ == room_.size()) hand_over();
    }
  }

  // Whether it has ended, and not well.
  bool has_failed() { return !half_.archive->wanted() && status() != 0; }

  // Once all was given: its exit status.
  int status() {
    if (!status_) {
      if (filled_ > 0) hand_over();
      half_.archive->end();
      status_ = child_.wait();
    }
    return *status_;
  }

 private:
  void hand_over() {
    half_.archive->give(filled_);
    room_ = {};
    filled_ = 0;
  }

  Half half_;
  host::Child child_;
  std::span<char> room_;  // of the ring
  std::size_t filled_ = 0;
  std::optional<int> status_;
};

std::string download(const Wanted& wanted, const Sink& sink) {
  Telling telling(wanted.url);
  std::uint64_t last = 0;
  const DownloadProgress progress = [&](std::uint64_t bytes, std::uint64_t size) {
    last = bytes;
    telling.tell(bytes, size);
  };
  Http http(wanted.timeouts);
  std::string hash = Download(wanted, sink, progress).run(http);
  telling.tell(last, last);
  return hash;
}

}  // namespace

// The one that unpacks is there first: it has seen no recipe, and no connection.
int fetch_command(const std::string& directory, const Owners& owners) {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  return say_errors([&] {
    Unpacking unpacking(directory, owners);
    const Wanted wanted = parse_wanted(read_recipe(STDIN_FILENO));
    // Bytes that cannot be unpacked may be others than were meant, which is told first.
    const std::string hash = download(wanted, [&](std::string_view bytes) {
      unpacking.give(bytes);
      if (wanted.expected.empty() && unpacking.has_failed()) throw SaidAlready{};
    });
    const int status = unpacking.status();
    write_text(STDOUT_FILENO, json_line({{"archive", hash}}));
    if (status != 0) throw SaidAlready{};
  });
}

int hash_command() {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  return say_errors([] {
    const Wanted wanted = parse_wanted(read_recipe(STDIN_FILENO));
    const std::string hash = download(wanted, [](std::string_view) {});
    write_text(STDOUT_FILENO, json_line({{"archive", hash}}));
  });
}

}  // namespace devbox::image
