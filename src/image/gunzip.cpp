#include "image/gunzip.hpp"

#include <isa-l/igzip_lib.h>

#include <algorithm>

#include "util/error.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kOutBytes = std::size_t{256} * 1024;
constexpr const char* kDamaged = "the archive is damaged or not complete; get it again";

void require_success(int result) {
  if (result >= ISAL_DECOMP_OK) return;  // above: more input or more room is wanted
  if (result == ISAL_INCORRECT_CHECKSUM)
    throw Error("cannot read the archive: its gzip data do not have the checksum that they say",
                kDamaged);
  throw Error("cannot read the archive: its gzip data are damaged", kDamaged);
}

}  // namespace

Gunzip::Gunzip(ByteSource& from)
    : from_(from),
      state_(std::make_unique<inflate_state>()),
      header_(std::make_unique<isal_gzip_header>()),
      out_(kOutBytes) {
  isal_inflate_init(state_.get());
  begin_member();
}

Gunzip::~Gunzip() = default;

// False at the end. What is taken at once fits into 32 bits.
bool Gunzip::fill() {
  const std::string_view more = from_.read();
  state_->next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(more.data()));
  state_->avail_in = static_cast<std::uint32_t>(more.size());
  return !more.empty();
}

// isal_inflate() could read the header too, but forgets what is in it where it comes in pieces.
void Gunzip::begin_member() {
  isal_inflate_reset(state_.get());
  isal_gzip_header_init(header_.get());
  state_->crc_flag = ISAL_GZIP_NO_HDR_VER;  // the header is read; the trailer is verified
  in_header_ = true;
}

void Gunzip::require_zeros() {
  do {
    const unsigned char* begin = state_->next_in;
    const unsigned char* end = begin + state_->avail_in;
    if (std::any_of(begin, end, [](unsigned char byte) { return byte != 0; }))
      throw Error("cannot read the archive: what follows its gzip data is no gzip", kDamaged);
  } while (fill());
}

// False where there is none.
bool Gunzip::next_member() {
  constexpr unsigned char kMagic = 0x1f;  // the rest of the header ISA-L looks at
  if (state_->avail_in == 0 && !fill()) return false;
  if (*state_->next_in != kMagic) {
    require_zeros();
    return false;
  }
  begin_member();
  return true;
}

void Gunzip::header() {
  const int result = isal_read_gzip_header(state_.get(), header_.get());
  require_success(result);
  in_header_ = result != ISAL_DECOMP_OK;
}

std::string_view Gunzip::inflate() {
  state_->next_out = out_.data();
  state_->avail_out = static_cast<std::uint32_t>(out_.size());
  require_success(isal_inflate(state_.get()));
  return {reinterpret_cast<const char*>(out_.data()), out_.size() - state_->avail_out};
}

std::string_view Gunzip::read() {
  while (!ended_) {
    if (state_->block_state == ISAL_BLOCK_FINISH && !next_member()) {
      ended_ = true;
      break;
    }
    if (in_header_) header();
    const std::string_view bytes = in_header_ ? std::string_view() : inflate();
    if (!bytes.empty()) return bytes;
    if (state_->block_state == ISAL_BLOCK_FINISH || state_->avail_in > 0) continue;
    if (!fill()) throw Error("cannot read the archive: its gzip data end too early", kDamaged);
  }
  return {};
}

}  // namespace devbox::image
