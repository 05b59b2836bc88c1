#include "image/chunk_compressor.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "util/error.hpp"

namespace devbox::image {
namespace {

// More would hold more than 100 MiB of pieces.
constexpr unsigned kMostWorkers = 16;

struct FreeArchive {
  void operator()(archive* a) const noexcept { archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const noexcept { archive_entry_free(e); }
};

[[noreturn]] void cannot_compress(const char* why) {
  throw Error(fmt::format("cannot compress: {}", why == nullptr ? "out of memory" : why));
}

la_ssize_t append(archive*, void* to, const void* bytes, std::size_t size) {
  try {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
  } catch (...) {
    return -1;
  }
}

// By libarchive, which is here already: its "archive" is the bytes as they are
// (archive_write_format(3), "raw"). No time goes into the header.
std::string gzip(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() / 2);
  const std::unique_ptr<archive, FreeArchive> out(archive_write_new());
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  if (!out || !entry) cannot_compress(nullptr);
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  const auto require = [&](la_ssize_t result) {
    if (result < ARCHIVE_OK) cannot_compress(archive_error_string(out.get()));
  };
  require(archive_write_set_format_raw(out.get()));
  require(archive_write_add_filter_gzip(out.get()));
  require(archive_write_set_options(out.get(), "gzip:!timestamp,gzip:compression-level=6"));
  require(archive_write_set_bytes_in_last_block(out.get(), 1));
  require(archive_write_open(out.get(), &text, nullptr, append, nullptr));
  require(archive_write_header(out.get(), entry.get()));
  if (!bytes.empty()) require(archive_write_data(out.get(), bytes.data(), bytes.size()));
  require(archive_write_close(out.get()));
  return text;
}

std::string zstd(std::string_view bytes) {
  constexpr int kLevel = 3;  // the program's usual one
  std::string text(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ZSTD_compress(text.data(), text.size(), bytes.data(), bytes.size(), kLevel);
  if (ZSTD_isError(size) != 0) cannot_compress(ZSTD_getErrorName(size));
  text.resize(size);
  return text;
}

}  // namespace

std::string compressor_name(Compression compression) {
  constexpr int kOwn = 1;  // one more for each change of the chunks, the levels or the archive
  if (compression == Compression::gzip) {
    const char* zlib = archive_zlib_version();
    return fmt::format("{} zlib {}", kOwn, zlib == nullptr ? "" : zlib);
  }
  if (compression == Compression::zstd)
    return fmt::format("{} zstd {}", kOwn, ZSTD_versionString());
  return fmt::format("{} none", kOwn);
}

std::string compressed(Compression compression, std::string_view bytes) {
  switch (compression) {
    case Compression::gzip:
      return gzip(bytes);
    case Compression::zstd:
      return zstd(bytes);
    case Compression::none:
      break;
  }
  return std::string(bytes);
}

// Threads that do what is put in, in that order.
class ChunkCompressor::Workers {
 public:
  using Task = std::packaged_task<std::string()>;

  Workers() {
    const unsigned wanted = std::clamp(std::thread::hardware_concurrency(), 1U, kMostWorkers);
    try {
      while (threads_.size() < wanted) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // A limit on processes: those that there are do it all, or who asks, where there is none.
    }
  }
  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      tasks_.clear();
    }
    changed_.notify_all();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  std::size_t count() const { return threads_.size(); }

  std::future<std::string> put(Task task) {
    std::future<std::string> result = task.get_future();
    if (threads_.empty()) {
      task();
      return result;
    }
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return result;
  }

 private:
  void work() {
    while (true) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ended_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool ended_ = false;
  std::vector<std::jthread> threads_;  // the last member: they end before the rest does
};

ChunkCompressor::ChunkCompressor(Compression compression, Sink sink)
    : compression_(compression), sink_(std::move(sink)) {
  if (compression_ != Compression::none) workers_ = std::make_unique<Workers>();
}

ChunkCompressor::~ChunkCompressor() = default;

void ChunkCompressor::add(std::string_view bytes) {
  if (compression_ == Compression::none) return sink_(bytes);
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kChunk - chunk_.size());
    chunk_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (chunk_.size() == kChunk) submit();
  }
}

void ChunkCompressor::finish() {
  if (compression_ == Compression::none) return;
  if (!any_ || !chunk_.empty()) submit();
  while (!ahead_.empty()) give_first();
}

void ChunkCompressor::submit() {
  any_ = true;
  ahead_.push_back(
      workers_->put(Workers::Task([compression = compression_, bytes = std::exchange(chunk_, {})] {
        return compressed(compression, bytes);
      })));
  if (ahead_.size() > workers_->count() + 2) give_first();
}

void ChunkCompressor::give_first() {
  std::future<std::string> first = std::move(ahead_.front());
  ahead_.pop_front();
  sink_(first.get());
}

}  // namespace devbox::image
