// devbox-image pull: an image's layers, fetched and checked here, where the credentials are, and
// unpacked by another process (image/program/layers_half.hpp), which has none and can reach one
// directory.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "image/pick.hpp"
#include "image/program/layers_half.hpp"
#include "image/program/open_source.hpp"
#include "image/program/say.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

// Nobody reads the layers any more: the other half has said why.
struct HalfGone {};

void write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) throw HalfGone{};
    if (written < 0) throw host::cannot("hand on", "a layer", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Two descriptors a layer, and there may be hundreds.
void allow_descriptors() {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // where it cannot be, making the pipes says so
}

// All layers, as many at once as are unpacked at once.
class Fetcher {
 public:
  Fetcher(Blobs& blobs, const std::vector<Layer>& layers, std::vector<Fd>& pipes)
      : blobs_(blobs), layers_(layers), pipes_(pipes), told_(layers.size()) {}

  // Throws what went wrong first; false where the other half ended before.
  bool run() {
    std::vector<std::jthread> threads;
    const std::size_t most = layers_at_once(layers_.size());
    try {
      while (threads.size() + 1 < most) threads.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // A limit on processes: those that there are do it all.
    }
    work();
    threads.clear();
    if (failed_) std::rethrow_exception(failed_);
    return !gone_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void work() {
    for (std::size_t i = next_++; i < layers_.size() && !stopping_; i = next_++) {
      try {
        fetch(i);
      } catch (const HalfGone&) {
        gone_ = stopping_ = true;
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failed_) failed_ = std::current_exception();
        stopping_ = true;
      }
    }
  }

  void fetch(std::size_t i) {
    tell(i, 0, true);
    blobs_.blob(
        layers_[i],
        [&](std::string_view bytes) {
          if (stopping_) throw HalfGone{};
          write_all(pipes_[i].get(), bytes);
        },
        [&](std::uint64_t bytes) { tell(i, bytes, bytes == layers_[i].size); });
    pipes_[i].reset();
    tell(i, layers_[i].size, true);
  }

  // Of each layer a few times a second at the most.
  void tell(std::size_t i, std::uint64_t bytes, bool now) {
    const std::lock_guard lock(mutex_);
    const auto time = Clock::now();
    if (!now && time - told_[i] < std::chrono::milliseconds(100)) return;
    told_[i] = time;
    say({{"layer", i},
         {"layers", layers_.size()},
         {"fetched", bytes},
         {"size", layers_[i].size},
         {"digest", "sha256:" + layers_[i].digest}});
  }

  Blobs& blobs_;
  const std::vector<Layer>& layers_;
  std::vector<Fd>& pipes_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> gone_ = false;
  std::mutex mutex_;
  std::exception_ptr failed_;
  std::vector<Clock::time_point> told_;
};

// What is said on standard output; empty where the other half failed, which has said why.
Json pull(const Source& source, const std::string& directory, const Owners& owners) {
  const std::unique_ptr<Blobs> blobs = open_source(source, directory);
  const Image image = pick_one(*blobs, source);
  LayersHalf half = start_layers_half(directory, owners, image.config.diff_ids);
  bool whole = false;
  try {
    whole = Fetcher(*blobs, image.manifest.layers, half.layers).run();
  } catch (...) {
    // It would take what it has for all, or say that the end is missing.
    ::kill(half.pid, SIGKILL);
    end_layers_half(std::move(half));
    throw;
  }
  const int status = end_layers_half(std::move(half));
  if (!whole || status != 0) return Json::object();
  close_source(source, directory);
  Json said = image_json(image);
  said["archive"] = image.document.digest;  // what all of it was checked against
  return said;
}

}  // namespace

int pull_command(const std::string& directory, const Owners& owners) {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  allow_descriptors();
  int status = 1;
  const int failed = say_errors([&] {
    const Source source = parse_source(read_recipe(STDIN_FILENO));
    const Json said = pull(source, directory, owners);
    write_text(STDOUT_FILENO, json_line(said));
    status = said.empty() ? 1 : 0;
  });
  return failed != 0 ? failed : status;
}

}  // namespace devbox::image
