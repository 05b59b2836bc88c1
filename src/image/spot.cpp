#include "image/spot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <string_view>
#include <utility>

namespace devbox::image {
namespace {

// RFC 1952, 2.3.
constexpr std::string_view kGzip = "\x1f\x8b\x08";
constexpr std::size_t kFlags = 3;
constexpr std::size_t kTime = 4;
constexpr std::size_t kLevel = 8;
constexpr std::size_t kSystem = 9;
constexpr std::size_t kRest = 10;
constexpr unsigned kHasExtra = 4;
constexpr unsigned kHasName = 8;

unsigned byte_at(const std::string& text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

std::string gzip_time(const std::string& header) {
  std::int64_t time = 0;
  for (std::size_t i = 4; i-- > 0;) time = time << 8 | byte_at(header, kTime + i);
  return time == 0 ? "none" : time_text(time);
}

// Where the name ends; kRest where there is none.
std::size_t name_end(const std::string& header) {
  if ((byte_at(header, kFlags) & kHasName) == 0) return kRest;
  std::size_t at = kRest;
  if ((byte_at(header, kFlags) & kHasExtra) != 0)
    at += 2 + byte_at(header, kRest) + (byte_at(header, kRest + 1) << 8U);
  const std::size_t end = header.find('\0', std::min(at, header.size()));
  return end == std::string::npos ? header.size() : end + 1;
}

std::string gzip_part(std::uint64_t offset) {
  if (offset < kTime) return "gzip header";
  if (offset < kLevel) return "gzip header, time stamp";
  if (offset < kSystem) return "gzip header, compression level";
  return offset < kRest ? "gzip header, system" : "gzip header, name";
}

}  // namespace

std::string shortened(const std::string& name) {
  constexpr std::size_t kPart = 100;
  if (name.size() <= 2 * kPart) return name;
  return name.substr(0, kPart) + "…" + name.substr(name.size() - kPart);
}

std::string time_text(std::int64_t time) {
  struct tm parts {};
  if (::gmtime_r(&time, &parts) == nullptr) return fmt::format("{} s", time);  // EOVERFLOW
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900LL,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::optional<Spot> gzip_spot(const Seekable& a, const Seekable& b, std::uint64_t offset) {
  constexpr std::size_t kMost = 4096;
  const std::string header_a = a.text_at(0, kMost);
  const std::string header_b = b.text_at(0, kMost);
  if (!header_a.starts_with(kGzip) || !header_b.starts_with(kGzip)) return std::nullopt;
  if (offset >= std::min(name_end(header_a), name_end(header_b))) return std::nullopt;
  Spot spot{gzip_part(offset), excerpt(a, b, offset)};
  if (offset >= kTime && offset < kLevel) spot.text = {gzip_time(header_a), gzip_time(header_b)};
  return spot;
}

Spot spot_of(const Seekable& a, const Seekable& b, std::uint64_t offset, Allowance& allowance) {
  if (std::optional<Spot> spot = elf_spot(a, b, offset, allowance)) return std::move(*spot);
  std::vector<Spot> spots;
  if (std::optional<Spot> spot = gzip_spot(a, b, offset)) spots.push_back(std::move(*spot));
  std::optional<std::vector<Spot>> within = archive_spots(a, b, allowance);
  if (within && within->empty() && spots.empty())
    return {"compression or padding: all that is within is the same", std::nullopt};
  if (within) std::move(within->begin(), within->end(), std::back_inserter(spots));
  if (spots.empty()) return {{}, excerpt(a, b, offset)};
  Spot all;
  for (Spot& spot : spots) {
    all.where += (all.where.empty() ? "" : ", and in ") + spot.where;
    all.text = std::move(spot.text);  // it stands at the end of the line, after the last of them
  }
  return all;
}

}  // namespace devbox::image
