// devbox-image pull: an image's layers, fetched and checked here, where the credentials are. Each
// is unpacked by another process (image/program/layer.cpp), which has none, can reach one
// directory, and sees no other layer; one more makes the tree of them.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "host/process.hpp"
#include "image/layer_log.hpp"
#include "image/pick.hpp"
#include "image/program/open_source.hpp"
#include "image/program/say.hpp"
#include "image/program/spawn.hpp"
#include "image/recipe.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"

namespace devbox::image {
namespace {

// Nobody reads the layer any more: the process that did has said why.
struct ReaderGone {};

void write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) throw ReaderGone{};
    if (written < 0) throw host::cannot("hand on", "a layer", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// The layers that must be fetched, several at once.
class Fetcher {
 public:
  // `directory` is the image's; `known` says of each layer whether it is there already.
  Fetcher(Blobs& blobs, const Image& image, std::string directory, std::vector<bool> known)
      : blobs_(blobs),
        layers_(image.manifest.layers),
        diff_ids_(image.config.diff_ids),
        directory_(std::move(directory)),
        known_(std::move(known)),
        told_(layers_.size()) {}

  // Throws what went wrong first.
  void run() {
    for (std::size_t i = 0; i < layers_.size(); ++i)
      known_[i] ? tell(i, layers_[i].size, State::turned) : tell(i, 0, State::waiting);
    std::vector<std::jthread> threads;
    const std::size_t most = std::min<std::size_t>(std::thread::hardware_concurrency(), 8);
    try {
      while (threads.size() + 1 < std::min(most, layers_.size()))
        threads.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // A limit on processes: those that there are do it all.
    }
    work();
    threads.clear();
    if (failed_) std::rethrow_exception(failed_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  void work() {
    for (std::size_t i = next_++; i < layers_.size() && !stopping_; i = next_++) {
      try {
        if (!known_[i]) fetch(i);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failed_) failed_ = std::current_exception();
        stopping_ = true;
      }
    }
  }

  void fetch(std::size_t i) {
    tell(i, 0, State::turned);
    host::Pipe pipe = host::make_pipe();
    host::widen(pipe);
    host::Child reader(start_self(
        {"layer", path::join(directory_, layer_place(i)), std::to_string(i), diff_ids_[i]},
        pipe.read.get()));
    pipe.read.reset();
    try {
      blobs_.blob(
          layers_[i],
          [&](std::string_view bytes) {
            if (stopping_) throw ReaderGone{};
            write_all(pipe.write.get(), bytes);
          },
          [&](std::uint64_t bytes) {
            tell(i, bytes, bytes == layers_[i].size ? State::turned : State::under_way);
          });
    } catch (const ReaderGone&) {
      throw SaidAlready{};
    }
    pipe.write.reset();
    if (reader.wait() != 0) throw SaidAlready{};
    tell(i, layers_[i].size, State::turned);
  }

  // `turned`: it begins, or is here.
  enum class State { waiting, turned, under_way };

  // Of each layer a few times a second at the most.
  void tell(std::size_t i, std::uint64_t bytes, State state) {
    const std::lock_guard lock(mutex_);
    const auto time = Clock::now();
    const bool often =
        state == State::under_way && time - told_[i] < std::chrono::milliseconds(100);
    if (stopping_ || often) return;
    told_[i] = time;
    say({{"layer", i},
         {"layers", layers_.size()},
         {"fetched", bytes},
         {"size", layers_[i].size},
         {"digest", "sha256:" + layers_[i].digest},
         {"waiting", state == State::waiting ? 1 : 0}});
  }

  Blobs& blobs_;
  const std::vector<Layer>& layers_;
  const std::vector<std::string>& diff_ids_;
  std::string directory_;
  std::vector<bool> known_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::exception_ptr failed_;
  std::vector<Clock::time_point> told_;
};

void make_place(const std::string& place) {
  if (::mkdir(place.c_str(), 0700) < 0) throw host::cannot("make", place, errno);
}

// Puts what is known of a layer in its place. False where that is not enough to do without it.
bool take_log(const std::string& from, const std::string& place) {
  const Fd file(::open(from.c_str(), host::kCautiousRead | O_NOFOLLOW));
  if (!file) return false;
  const host::Contents log = host::contents(file.get(), kMostLog);
  if (!log.ok() || !is_enough(log.bytes)) return false;
  const std::string to = path::join(place, "log");
  const Fd copy(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400));
  if (!copy) throw host::cannot("make", to, errno);
  write_text(copy.get(), log.bytes);
  return true;
}

// A directory for each layer; says of each whether it is known.
std::vector<bool> prepare(const std::string& directory, const Image& image, const Source& source) {
  make_place(path::join(directory, kUnpacking));
  std::vector<bool> known;
  for (const Layer& layer : image.manifest.layers) {
    const std::string place = path::join(directory, layer_place(known.size()));
    make_place(place);
    const auto found = source.known.find(layer.digest);
    known.push_back(found != source.known.end() && take_log(found->second, place));
  }
  return known;
}

// What is known of the layers stays beside the tree, by their digests; the rest goes.
void keep_logs(const std::string& directory, const Image& image) {
  const std::string logs = path::join(directory, "layers");
  make_place(logs);
  const std::vector<Layer>& layers = image.manifest.layers;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string from = path::join(path::join(directory, layer_place(i)), "log");
    const std::string to = path::join(logs, layers[i].digest);
    if (::rename(from.c_str(), to.c_str()) < 0) throw host::cannot("keep", to, errno);
  }
  std::filesystem::remove_all(path::join(directory, kUnpacking));
}

// What is said on standard output.
Json pull(const Source& source, const std::string& directory, const std::string& owners) {
  const OpenSource open = open_source(source, directory);
  const Image image = pick_one(*open.blobs, source);
  std::vector<bool> known = prepare(directory, image, source);
  Fetcher(*open.blobs, image, directory, std::move(known)).run();
  std::vector<std::string> words = {"assemble", directory,
                                    std::to_string(image.manifest.layers.size())};
  if (!owners.empty()) words.push_back(owners);
  const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (host::Child(start_self(words, nothing.get())).wait() != 0) throw SaidAlready{};
  keep_logs(directory, image);
  close_source(source, directory);
  Json said = image_json(image);
  said["archive"] = image.document.digest;  // what all of it was checked against
  if (!open.file.empty()) said["file"] = "sha256:" + open.file;
  return said;
}

}  // namespace

int pull_command(const std::string& directory, const std::string& owners) {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  return say_errors([&] {
    const Source source = parse_source(read_recipe(STDIN_FILENO));
    write_text(STDOUT_FILENO, json_line(pull(source, directory, owners)));
  });
}

}  // namespace devbox::image
