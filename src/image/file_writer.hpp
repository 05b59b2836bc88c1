// The files of an archive, written and hashed by a thread of its own, while the one that reads the
// archive reads on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "image/archive.hpp"
#include "image/manifest.hpp"
#include "util/fd.hpp"

namespace devbox::image {

class FileWriter {
 public:
  // Starts the thread, with the rights that the caller has now. Where a limit forbids one, the
  // caller's does it all.
  FileWriter();
  ~FileWriter();  // of what has not been written by then, nothing will be
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  // One file after the other: begin, its blocks, end. `path` and `entry`, which says its size, stay
  // where they are until drain or abandon; the thread gives the file its mode and time, and the
  // entry its digest. All throw Error, of files before too.
  void begin(Fd file, const std::string& path, Entry& entry);
  void add(const Block& block);
  void end();

  // All that came before is on disk, and its entries are the caller's again.
  void drain();
  // What has not been written by now will not be; the entries are the caller's again.
  void abandon() noexcept;

 private:
  enum class What : unsigned char { begin, bytes, hole, end };
  struct Step {
    What what;
    std::uint64_t count = 0;  // of bytes
    Fd file = Fd();           // begin's
    const std::string* path = nullptr;
    Entry* entry = nullptr;
  };
  // What is handed over at once: small files by the dozen, large ones by the piece.
  struct Batch {
    std::string bytes;  // of all its steps
    std::vector<Step> steps;
    void clear() noexcept { bytes.clear(), steps.clear(); }
  };
  class Worker;

  void step(Step step);
  void hole(std::uint64_t until);
  void submit();
  void work();
  void carry_out(Batch& batch);
  void rethrow() const;

  // The caller's.
  Batch filling_;
  const std::string* path_ = nullptr;
  std::uint64_t whole_ = 0;  // what the archive's header says
  std::uint64_t size_ = 0;

  // Both threads', under the mutex.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Batch> ready_;  // in order
  std::vector<Batch> free_;
  bool busy_ = false;
  bool stopping_ = false;
  std::exception_ptr failed_;

  std::unique_ptr<Worker> worker_;  // the thread's, where there is one

  std::thread thread_;  // last: it uses the others
};

}  // namespace devbox::image
