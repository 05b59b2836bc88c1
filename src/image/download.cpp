#include "image/download.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "image/blob_transfer.hpp"
#include "image/exchange.hpp"
#include "image/limits.hpp"
#include "image/recipe.hpp"
#include "image/refusal.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

// So much is worth new patience. A server that breaks off sooner is asked kMostTries times.
constexpr std::uint64_t kProgress = std::uint64_t{1} << 20U;

[[noreturn]] void changed() {
  throw Error("it was changed on the server while it was fetched", "try again");
}

std::string strong_etag(const Response& response) {
  std::string etag = response.header("etag").value_or("");
  return etag.starts_with('"') && etag.size() > 2 ? etag : std::string();
}

std::string hint_of(const Response& response) {
  switch (response.status) {
    case 401:
    case 403:
      return "devbox sends no password for an archive; fetch it yourself, and name the file: "
             "\"tar:FILE\"";
    case 404:
    case 410:
      return "is the URL spelt right, and is the archive still there?";
    default:
      return response.status == 429 || response.status >= 500 ? "try again later" : "";
  }
}

Error refused(const Response& response) {
  if (!response.failure.empty()) return Error(response.failure, response.hint);
  return Error(answer_text(response), hint_of(response));
}

}  // namespace

Wanted parse_wanted(const Json& recipe) {
  const std::optional<Url> url = parse_url(text_member(recipe, "url"));
  if (!url) wrong_recipe("url");
  if (url->is_plain() && !url->is_loopback() && !flag_member(recipe, "insecure")) {
    const std::string host = printable(url->authority());
    throw Error(fmt::format("plain http is not used for {}: whoever is on the way could read and "
                            "change what comes",
                            host),
                fmt::format("take its https URL, or write `[registry.\"{}\"]` and `insecure = "
                            "true` into registries.toml; see devbox.toml(5)",
                            host));
  }
  return {*url, digest_member(recipe, "expected"), timeouts_member(recipe)};
}

std::string file_name(const Url& url) {
  const std::string name = url.path.substr(url.path.rfind('/') + 1);
  return printable(name.empty() ? url.authority() : name);
}

Download::Download(const Wanted& wanted, const Sink& sink, const DownloadProgress& progress)
    : wanted_(wanted), sink_(sink), progress_(progress) {}

Request Download::request() {
  Request request{.url = wanted_.url,
                  .begin = [this](const Response& head) { return begin(head); },
                  .plain_elsewhere = PlainElsewhere::refused};
  if (offset_ == 0 || (etag_.empty() && wanted_.expected.empty())) return request;
  request.headers = {{"Range", fmt::format("bytes={}-", offset_)}};
  if (!etag_.empty()) request.headers.push_back({"If-Range", etag_});
  return request;
}

void Download::require_rest(const Response& response) const {
  const std::string range = response.header("content-range").value_or("");
  if (range_start(range) == offset_) return;
  throw Error(fmt::format("it was asked for the bytes from {} on, and sends \"{}\"", offset_,
                          printable(range.substr(0, 100))));
}

void Download::require_same_file(const Response& response) {
  const std::string etag = strong_etag(response);
  std::optional<std::uint64_t> size = decimal(response.header("content-length").value_or(""));
  if (size && response.status == 206) *size += offset_;
  if (!begun_) {
    begun_ = true;
    etag_ = etag;
    size_ = size;
    return;
  }
  const bool other_etag = !etag_.empty() && !etag.empty() && etag != etag_;
  if (other_etag || (size && size_ && *size != *size_)) changed();
}

Sink Download::begin(const Response& response) {
  if (response.status != 200 && response.status != 206) throw refused(response);
  if (response.status == 206) require_rest(response);
  require_same_file(response);
  skip_ = response.status == 206 ? 0 : offset_;
  again_ = Sha256();
  return [this](std::string_view bytes) { take(bytes); };
}

// Where a server knows no ranges, or what it has cannot be told from another file.
void Download::take_again(std::string_view bytes) {
  again_.add(bytes.data(), bytes.size());
  skip_ -= bytes.size();
  if (skip_ == 0 && again_.hex() != hash_.hex_so_far()) changed();
}

void Download::take(std::string_view bytes) {
  const std::size_t known = std::min<std::uint64_t>(skip_, bytes.size());
  if (known > 0) take_again(bytes.substr(0, known));
  bytes.remove_prefix(known);
  if (bytes.empty()) return;
  if (bytes.size() > kMostBytes - offset_)
    throw Error(fmt::format("it has more than {} GiB", kMostBytes >> 30U), kNotOurs);
  hash_.add(bytes.data(), bytes.size());
  sink_(bytes);
  offset_ += bytes.size();
  if (progress_) progress_(offset_, size_.value_or(0));
}

std::string Download::run(Http& http) {
  Patience patience;
  std::uint64_t mark = 0;
  while (true) {
    Response response = http.exchange(request());
    const bool came = response.ok() && skip_ == 0;
    if (came && is_whole()) return hash_.hex();
    const bool has_no_more = response.failure.empty() && response.status == 416;
    if (response.ok() || has_no_more) {
      response.failure =
          fmt::format("it ends after {} of its {} bytes", offset_, size_.value_or(offset_ + skip_));
      response.may_pass = !has_no_more;
    }
    if (offset_ - mark >= kProgress) {
      mark = offset_;
      patience.renew();
    }
    if (!patience.wait(response)) throw refused(response);
  }
}

}  // namespace devbox::image
