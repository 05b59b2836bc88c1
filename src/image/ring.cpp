#include "image/ring.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kSlots = 8;
constexpr std::size_t kSlotBytes = std::size_t{256} * 1024;
constexpr std::size_t kBytes = kSlots * kSlotBytes;
constexpr const char* kSubject = "memory for the archive";

Fd make_memory() {
  Fd file(::memfd_create("archive", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ::ftruncate(file.get(), kBytes) < 0) throw host::cannot("make", kSubject, errno);
  return file;
}

ssize_t read_some(int fd, void* bytes, std::size_t size) {
  ssize_t got = -1;
  do {
    got = ::read(fd, bytes, size);
  } while (got < 0 && errno == EINTR);
  return got;
}

// False where nobody reads. So few bytes go into a pipe at once or not at all (pipe(7), PIPE_BUF).
bool tell(int fd, const void* bytes, std::size_t size) {
  ssize_t written = -1;
  do {
    written = ::write(fd, bytes, size);
  } while (written < 0 && errno == EINTR);
  return written >= 0;
}

}  // namespace

SharedMemory::SharedMemory(int fd, std::size_t size, int protection) : size_(size) {
  void* at = ::mmap(nullptr, size, protection, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (at == MAP_FAILED) throw host::cannot("map", kSubject, errno);
  data_ = static_cast<char*>(at);
}

SharedMemory::~SharedMemory() { ::munmap(data_, size_); }

RingReader::RingReader(int memory, Fd filled, Fd freed)
    : memory_(memory, kBytes, PROT_READ), filled_(std::move(filled)), freed_(std::move(freed)) {}

std::string_view RingReader::read() {
  if (holds_) {
    tell(freed_.get(), "", 1);  // where nobody listens, there is nothing more to read either
    slot_ = (slot_ + 1) % kSlots;
    holds_ = false;
  }
  std::uint32_t count = 0;
  const ssize_t got = read_some(filled_.get(), &count, sizeof count);
  if (got < 0) throw host::cannot("read", "the archive", errno);
  if (got == 0) return {};
  if (got != sizeof count || count == 0 || count > kSlotBytes)
    throw Error("cannot read the archive: what hands it over has gone wrong");
  holds_ = true;
  return {memory_.data() + slot_ * kSlotBytes, count};
}

// The order matters: what is mapped before the seal can be written, and nothing that is mapped
// after it ever can (fcntl(2), F_SEAL_FUTURE_WRITE).
RingWriter::RingWriter()
    : file_(make_memory()),
      memory_(std::make_unique<SharedMemory>(file_.get(), kBytes, PROT_READ | PROT_WRITE)),
      filled_(host::make_pipe()),
      freed_(host::make_pipe()),
      free_(kSlots) {
  constexpr int kSeals = F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (::madvise(memory_->data(), kBytes, MADV_DONTFORK) < 0 ||
      ::fcntl(file_.get(), F_ADD_SEALS, kSeals) < 0)
    throw host::cannot("seal", kSubject, errno);
}

std::unique_ptr<RingReader> RingWriter::reader() {
  static_cast<void>(memory_.release());  // not mapped here: something else may be, by now
  filled_.write.reset();
  freed_.read.reset();
  const Fd file = std::move(file_);
  return std::make_unique<RingReader>(file.get(), std::move(filled_.read), std::move(freed_.write));
}

void RingWriter::leave_reader() {
  file_.reset();
  filled_.read.reset();
  freed_.write.reset();
}

std::span<char> RingWriter::room() {
  while (wanted_ && free_ == 0) {
    char done[kSlots];
    const ssize_t got = read_some(freed_.read.get(), done, sizeof done);
    wanted_ = got > 0;
    if (wanted_) free_ += static_cast<std::size_t>(got);
  }
  return {memory_->data() + slot_ * kSlotBytes, kSlotBytes};
}

void RingWriter::give(std::size_t count) {
  if (!wanted_) return;
  const auto size = static_cast<std::uint32_t>(count);
  wanted_ = tell(filled_.write.get(), &size, sizeof size);
  --free_;
  slot_ = (slot_ + 1) % kSlots;
}

void RingWriter::end() { filled_.write.reset(); }

}  // namespace devbox::image
