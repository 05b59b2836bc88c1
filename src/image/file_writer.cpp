#include "image/file_writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/cannot.hpp"
#include "image/limits.hpp"
#include "image/sha256.hpp"
#include "image/tree_writer.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kBatches = 4;
constexpr std::size_t kBatchBytes = std::size_t{512} * 1024;
constexpr std::size_t kBatchSteps = 96;  // of 32 small files, which are open until they are written

}  // namespace

// The file that is being written.
class FileWriter::Worker {
 public:
  void begin(Step& step) {
    file_ = std::move(step.file);
    path_ = step.path;
    entry_ = step.entry;
    size_ = 0;
    ends_in_hole_ = false;
  }

  void bytes(std::string_view rest) {
    hash_.add(rest.data(), rest.size());
    while (!rest.empty()) {
      const ssize_t written =
          ::pwrite(file_.get(), rest.data(), rest.size(), static_cast<off_t>(size_));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw host::cannot("write", *path_, errno);
      rest.remove_prefix(static_cast<std::size_t>(written));
      size_ += static_cast<std::uint64_t>(written);
    }
    ends_in_hole_ = false;
  }

  // On disk; for the digest it is zeros.
  void hole(std::uint64_t count) {
    static const std::string kZeros(kBatchBytes, '\0');
    for (std::uint64_t rest = count; rest > 0;) {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(rest, kZeros.size()));
      hash_.add(kZeros.data(), part);
      rest -= part;
    }
    size_ += count;
    ends_in_hole_ = true;
  }

  void end() {
    if (ends_in_hole_ && ::ftruncate(file_.get(), static_cast<off_t>(size_)) < 0)
      throw host::cannot("write", *path_, errno);
    entry_->text = hash_.hex();
    finish_file(file_.get(), *path_, *entry_);
    file_.reset();
  }

 private:
  Fd file_;
  const std::string* path_ = nullptr;
  Entry* entry_ = nullptr;
  std::uint64_t size_ = 0;
  bool ends_in_hole_ = false;
  Sha256 hash_;
};

FileWriter::FileWriter() : free_(kBatches - 1), worker_(std::make_unique<Worker>()) {
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    // A limit on processes.
  }
}

FileWriter::~FileWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void FileWriter::begin(Fd file, const std::string& path, Entry& entry) {
  path_ = &path;
  whole_ = entry.size;
  size_ = 0;
  step({.what = What::begin, .file = std::move(file), .path = &path, .entry = &entry});
}

void FileWriter::add(const Block& block) {
  if (block.bytes.empty()) return;
  if (block.offset < size_) {
    throw Error(fmt::format("the archive's member {} has bytes that overlap", printable(*path_)),
                kNotOurs);
  }
  // Before the hole is hashed, which may be one of exbibytes.
  if (block.offset > whole_ || block.bytes.size() > whole_ - block.offset) {
    throw Error(fmt::format("the archive's member {} is longer than it says", printable(*path_)),
                kNotOurs);
  }
  hole(block.offset);
  for (std::string_view rest = block.bytes; !rest.empty();) {
    const std::string_view part = rest.substr(0, kBatchBytes - filling_.bytes.size());
    filling_.bytes += part;
    size_ += part.size();
    rest.remove_prefix(part.size());
    if (!filling_.steps.empty() && filling_.steps.back().what == What::bytes) {
      filling_.steps.back().count += part.size();
    } else {
      filling_.steps.push_back({.what = What::bytes, .count = part.size()});
    }
    if (filling_.bytes.size() == kBatchBytes) submit();
  }
}

void FileWriter::end() {
  hole(whole_);
  step({.what = What::end});
}

void FileWriter::drain() {
  if (!filling_.steps.empty()) submit();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ready_.empty() && !busy_; });
  rethrow();
}

void FileWriter::abandon() noexcept {
  filling_.clear();
  std::unique_lock lock(mutex_);
  while (!ready_.empty()) {
    ready_.back().clear();
    free_.push_back(std::move(ready_.back()));
    ready_.pop_back();
  }
  changed_.wait(lock, [&] { return !busy_; });
}

void FileWriter::hole(std::uint64_t until) {
  if (until == size_) return;
  step({.what = What::hole, .count = until - size_});
  size_ = until;
}

void FileWriter::step(Step step) {
  filling_.steps.push_back(std::move(step));
  if (filling_.steps.size() >= kBatchSteps) submit();
}

void FileWriter::submit() {
  if (!thread_.joinable()) return carry_out(filling_);
  std::unique_lock lock(mutex_);
  rethrow();
  ready_.push_back(std::move(filling_));
  changed_.notify_all();
  changed_.wait(lock, [&] { return !free_.empty(); });
  filling_ = std::move(free_.back());
  free_.pop_back();
}

void FileWriter::rethrow() const {
  if (failed_) std::rethrow_exception(failed_);
}

// The thread's. After a failure it only takes what it is given.
void FileWriter::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !ready_.empty(); });
    if (stopping_) return;
    Batch batch = std::move(ready_.front());
    ready_.erase(ready_.begin());
    busy_ = true;
    if (!failed_) {
      lock.unlock();
      std::exception_ptr failed;
      try {
        carry_out(batch);
      } catch (...) {
        failed = std::current_exception();
      }
      lock.lock();
      failed_ = failed;
    }
    busy_ = false;
    free_.push_back(std::move(batch));
    changed_.notify_all();
  }
}

void FileWriter::carry_out(Batch& batch) {
  std::string_view rest = batch.bytes;
  for (Step& step : batch.steps) {
    switch (step.what) {
      case What::begin:
        worker_->begin(step);
        break;
      case What::bytes:
        worker_->bytes(rest.substr(0, step.count));
        rest.remove_prefix(step.count);
        break;
      case What::hole:
        worker_->hole(step.count);
        break;
      case What::end:
        worker_->end();
        break;
    }
  }
  batch.clear();
}

}  // namespace devbox::image
