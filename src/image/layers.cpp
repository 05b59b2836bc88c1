#include "image/layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "image/byte_source.hpp"
#include "image/decompressor.hpp"
#include "image/sha256.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

// The bytes of another source, borrowed, hashed on their way.
class Hashed final : public ByteSource {
 public:
  explicit Hashed(ByteSource& from) : from_(from) {}

  std::string_view read() override {
    const std::string_view bytes = from_.read();
    hash_.add(bytes.data(), bytes.size());
    return bytes;
  }

  std::string digest() { return hash_.hex(); }

 private:
  ByteSource& from_;
  Sha256 hash_;
};

}  // namespace

// What the threads use, and so lives as long as the last of them.
struct LayerReaders::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  bool given = false;
  std::size_t next = 0;  // of `streams`
  std::size_t done = 0;
  std::exception_ptr failed;
  LayersProgress progress;
  std::chrono::steady_clock::time_point told;

  std::vector<LayerStream> streams;
  std::vector<Changes> changes;
  LayerTotals totals;

  void tell() {
    const std::unique_lock lock(mutex, std::try_to_lock);
    if (!lock || failed) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - told < std::chrono::milliseconds(200)) return;
    told = now;
    progress(totals.names, totals.bytes);
  }

  void read_one(std::size_t i, FileWriter& files) {
    LayerStream& stream = streams[i];
    FdSource bytes(stream.bytes.get());
    Decompressor plain(bytes);
    Hashed hashed(plain);
    Archive archive(hashed);
    changes[i] = read_layer(archive, stream.directory.get(), files, totals, [this] { tell(); });
    archive.finish();
    if (hashed.digest() != stream.diff_id) {
      throw Error(fmt::format("layer {} of {} is not the one that the image's config names: it "
                              "wants sha256:{} of the layer's plain bytes",
                              i + 1, streams.size(), stream.diff_id),
                  "the image is damaged where it was made or is kept; nothing of it is kept here");
    }
  }

  // Until nothing is left, or one has failed.
  void work(FileWriter& files) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return stopping || given; });
    while (!stopping && !failed && next < streams.size()) {
      const std::size_t i = next++;
      lock.unlock();
      std::exception_ptr failure;
      try {
        read_one(i, files);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (failure && !failed) failed = failure;
      ++done;
      changed.notify_all();
    }
  }
};

std::size_t layers_at_once(std::size_t layers) {
  return std::min<std::size_t>(std::max(std::thread::hardware_concurrency(), 1U), layers);
}

LayerReaders::LayerReaders(std::size_t layers) : state_(std::make_shared<State>()) {
  try {
    for (std::size_t i = 0; i < layers_at_once(layers); ++i) {
      auto files = std::make_shared<FileWriter>();
      std::thread([state = state_, files] { state->work(*files); }).detach();
    }
  } catch (const std::system_error&) {
    // A limit on processes.
  }
}

LayerReaders::~LayerReaders() {
  const std::lock_guard lock(state_->mutex);
  state_->stopping = true;
  state_->changed.notify_all();
}

ReadLayers LayerReaders::read(std::vector<LayerStream> streams, const LayersProgress& progress) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  state.progress = progress;
  state.changes.resize(streams.size());
  state.streams = std::move(streams);
  state.given = true;
  state.changed.notify_all();
  if (state_.use_count() == 1) {  // no thread
    lock.unlock();
    FileWriter files;
    state.work(files);
    lock.lock();
  }
  state.changed.wait(lock, [&] { return state.failed || state.done == state.streams.size(); });
  if (state.failed) std::rethrow_exception(state.failed);
  ReadLayers result{
      .changes = std::move(state.changes), .directories = {}, .bytes = state.totals.bytes};
  for (LayerStream& stream : state.streams)
    result.directories.push_back(std::move(stream.directory));
  return result;
}

}  // namespace devbox::image
