#include "image/blob_transfer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "image/exchange.hpp"
#include "image/refusal.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

// So much is worth new patience. A server that breaks off sooner is asked kMostTries times.
constexpr std::uint64_t kProgress = std::uint64_t{1} << 20U;

constexpr const char* kOtherBytes =
    "try again; if it stays so, the registry, a mirror or a proxy has other bytes";

}  // namespace

std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  return read.ec == std::errc() && read.ptr == end ? std::optional(value) : std::nullopt;
}

std::optional<std::uint64_t> range_start(std::string_view content_range) {
  constexpr std::string_view kUnit = "bytes ";
  if (!content_range.starts_with(kUnit)) return std::nullopt;
  content_range.remove_prefix(kUnit.size());
  return decimal(content_range.substr(0, content_range.find('-')));
}

BlobTransfer::BlobTransfer(const Descriptor& descriptor, const Sink& sink,
                           const BlobProgress& progress)
    : descriptor_(descriptor), sink_(sink), progress_(progress) {}

std::string BlobTransfer::shown(std::string_view name) const {
  return fmt::format("sha256:{} of {}", descriptor_.digest, printable(name));
}

Request BlobTransfer::request(const Url& url) {
  Request request{.url = url, .begin = [this](const Response& head) { return begin(head); }};
  if (offset_ > 0) request.headers = {{"Range", fmt::format("bytes={}-", offset_)}};
  return request;
}

Sink BlobTransfer::begin(const Response& response) {
  const std::optional<std::string> length = response.header("content-length");
  if (response.status == 206) {
    const std::string range = response.header("content-range").value_or("");
    if (range_start(range) != offset_) {
      throw Error(fmt::format("it was asked for the bytes from {} on, and sends \"{}\"", offset_,
                              printable(range.substr(0, 100))));
    }
  } else if (length && decimal(*length) && decimal(*length) != descriptor_.size) {
    throw Error(fmt::format("it has {} bytes where {} belong", *decimal(*length), descriptor_.size),
                kOtherBytes);
  }
  skip_ = response.status == 206 ? 0 : offset_;
  return [this](std::string_view bytes) { take(bytes); };
}

void BlobTransfer::take(std::string_view bytes) {
  const std::uint64_t known = std::min<std::uint64_t>(skip_, bytes.size());
  skip_ -= known;
  bytes.remove_prefix(known);
  if (bytes.empty()) return;
  if (bytes.size() > descriptor_.size - offset_)
    throw Error(fmt::format("it has more than the {} bytes that belong to it", descriptor_.size),
                kOtherBytes);
  hash_.add(bytes.data(), bytes.size());
  try {
    sink_(bytes);
    offset_ += bytes.size();
    if (progress_) progress_(offset_);
  } catch (...) {
    sink_failed_ = true;
    throw;
  }
}

void BlobTransfer::fetch_from(Endpoint& endpoint, Http& http) {
  const std::string what = fmt::format("get {}", shown(endpoint.name()));
  const Url url = endpoint.url(http, fmt::format("blobs/sha256:{}", descriptor_.digest));
  Patience patience;
  std::uint64_t mark = offset_;
  while (true) {
    Response response;
    try {
      response =
          exchange_authorized_once(http, endpoint.authorizer(), [&] { return request(url); });
    } catch (const Error& error) {
      if (sink_failed_) throw;
      throw Error(fmt::format("cannot {}: {}", what, error.message()), error.hint());
    }
    const bool came = response.status == 200 || response.status == 206;
    if (came && offset_ == descriptor_.size) return;
    const bool has_no_more = response.failure.empty() && response.status == 416;
    if (response.ok() || has_no_more) {
      response.failure = fmt::format("it ends after {} of its {} bytes", offset_, descriptor_.size);
      response.hint = kOtherBytes;
      response.may_pass = came;
    }
    if (offset_ - mark >= kProgress) {
      mark = offset_;
      patience.renew();
    }
    if (!patience.wait(response)) throw refusal(what, endpoint.host(), response);
  }
}

void BlobTransfer::require_digest(std::string_view name) {
  const std::string found = hash_.hex();
  if (found == descriptor_.digest) return;
  throw Error(fmt::format("{} is damaged: what came has the digest sha256:{}", shown(name), found),
              kOtherBytes);
}

}  // namespace devbox::image
