#include "image/http.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <utility>

#include "image/http_failure.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr int kMostRedirects = 10;
constexpr std::size_t kMostHeaders = std::size_t{64} << 10U;  // bytes of one answer
constexpr long kBuffer = 256L << 10U;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

// 200 of "HTTP/1.1 200 OK".
int status_in(std::string_view line) {
  int status = 0;
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status;
}

// What libcurl's callbacks work on, while one exchange lasts. None lets an exception through C.
struct Transfer {
  CURL* curl;
  const Request& request;
  Response& response;
  std::size_t header_bytes = 0;
  bool begun = false;
  Sink sink;
  std::exception_ptr thrown;
  std::chrono::steady_clock::time_point moved = std::chrono::steady_clock::now();
  std::chrono::seconds patience{0};
  curl_off_t sent = 0;
  bool stalled = false;

  // Whether it is too long since a byte went one way or the other. The time that a sink takes is
  // not the server's; until it is connected, libcurl looks at the time.
  bool is_stalled(curl_off_t now_sent) {
    if (now_sent != sent || !is_connected()) moved = std::chrono::steady_clock::now();
    sent = now_sent;
    stalled = std::chrono::steady_clock::now() - moved > patience;
    return stalled;
  }

  bool is_connected() const {
    double after_s = 0;
    curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME, &after_s);
    return after_s > 0;
  }

  bool is_success() const { return response.status >= 200 && response.status < 300; }

  void begin() {
    if (begun) return;
    begun = true;
    if (is_success() && request.begin) sink = request.begin(response);
  }

  bool take(std::string_view bytes) {
    begin();
    if (sink) {
      sink(bytes);
      return true;
    }
    const std::size_t room = request.most - response.body.size();
    response.body += bytes.substr(0, room);
    response.too_long = bytes.size() > room;
    return !response.too_long;  // the rest is not waited for
  }

  // A line of the head. Each answer has one of its own: 100 Continue before the one that counts.
  bool take_header(std::string_view line) {
    header_bytes += line.size();
    if (header_bytes > kMostHeaders) return false;
    if (line.starts_with("HTTP/")) {
      response.headers.clear();
      response.status = status_in(line);
      return true;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    response.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))});
    return true;
  }
};

// Runs `use`; an exception ends the transfer, and is thrown again once libcurl has returned.
template <class Use>
auto guarded(Transfer& transfer, Use use, decltype(use()) failed) noexcept {
  try {
    return use();
  } catch (...) {
    transfer.thrown = std::current_exception();
    return failed;
  }
}

// Called about once a second.
int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) {
  return static_cast<Transfer*>(user)->is_stalled(sent) ? 1 : 0;
}

std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  const bool taken = guarded(
      transfer,
      [&] {
        return transfer.take({bytes, count});
      },
      false);
  return taken ? count : CURL_WRITEFUNC_ERROR;
}

std::size_t on_header(char* bytes, std::size_t, std::size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  const bool taken = guarded(
      transfer,
      [&] {
        return transfer.take_header({bytes, count});
      },
      false);
  return taken ? count : 0;
}

std::size_t on_read(char* bytes, std::size_t, std::size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  const std::size_t failed = CURL_READFUNC_ABORT;
  return guarded(
      transfer, [&] { return transfer.request.body->read(bytes, count); }, failed);
}

class HeaderList {
 public:
  HeaderList() = default;
  ~HeaderList() { curl_slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  void add(const std::string& name, const std::string& value) {
    curl_slist* longer = curl_slist_append(list_, fmt::format("{}: {}", name, value).c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list_ = longer;
  }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

// An answer says what it must say within the head; what it wants beyond is not taken.
bool is_cut_by_us(const Transfer& transfer) {
  return transfer.response.too_long || transfer.header_bytes > kMostHeaders;
}

bool is_redirect(const Response& response) {
  const int status = response.status;
  const bool moved =
      status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  return response.failure.empty() && moved && response.header("location").has_value();
}

// Empty where it may be gone to.
std::string redirect_mistake(const Request& first, const Url& from, const std::optional<Url>& to,
                             const std::string& location) {
  if (!to) {
    return fmt::format("{} redirects to {}, which is no http or https", from.shown(),
                       printable(location.substr(0, 100)));
  }
  if (!from.is_plain() && to->is_plain() && !to->is_loopback())
    return fmt::format("{} redirects from https to plain http ({})", from.shown(), to->shown());
  const bool is_elsewhere = to->is_plain() && !to->is_loopback() && to->host != first.url.host;
  if (is_elsewhere && first.plain_elsewhere == PlainElsewhere::refused)
    return fmt::format("{} redirects to plain http elsewhere ({})", from.shown(), to->shown());
  return {};
}

void require(CURLcode code) {
  if (code != CURLE_OK)
    throw Error(fmt::format("cannot use libcurl: {}", curl_easy_strerror(code)));
}

template <class Value>
void set(CURL* curl, CURLoption option, Value value) {
  require(curl_easy_setopt(curl, option, value));
}

// The host's authorities are libcurl's own choice; OpenSSL's variables name others.
void set_authorities(CURL* curl) {
  if (const char* file = std::getenv("SSL_CERT_FILE"); file != nullptr && *file != '\0')
    set(curl, CURLOPT_CAINFO, file);
  if (const char* directory = std::getenv("SSL_CERT_DIR");
      directory != nullptr && *directory != '\0')
    set(curl, CURLOPT_CAPATH, directory);
}

void set_method(CURL* curl, const Request& request, Transfer& transfer) {
  if (request.body) {
    set(curl, CURLOPT_UPLOAD, 1L);
    set(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body->size));
    set(curl, CURLOPT_READFUNCTION, &on_read);
    set(curl, CURLOPT_READDATA, static_cast<void*>(&transfer));
  } else if (request.method == "HEAD") {
    set(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET") {
    set(curl, CURLOPT_POSTFIELDS, "");  // Content-Length: 0
  }
  if (request.method != "GET" && request.method != "HEAD")
    set(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_fixed(CURL* curl, const Timeouts& timeouts) {
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_FOLLOWLOCATION, 0L);
  set(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(curl, CURLOPT_PATH_AS_IS, 1L);
  // Each handle has a connection of its own, where HTTP/2 only adds windows to wait for.
  set(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(curl, CURLOPT_USERAGENT, "devbox");
  set(curl, CURLOPT_NOSIGNAL, 1L);  // threads
  set(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  set(curl, CURLOPT_BUFFERSIZE, kBuffer);
  set(curl, CURLOPT_CONNECTTIMEOUT, timeouts.connect_s);
  set(curl, CURLOPT_NOPROGRESS, 0L);
  set(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
  set_authorities(curl);
}

}  // namespace

bool Header::is(std::string_view other) const { return lower_case(name) == lower_case(other); }

std::optional<std::string> Response::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (header.is(name)) return header.value;
  }
  return std::nullopt;
}

namespace {

CURL* new_curl() {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  require(kReady);
  CURL* curl = curl_easy_init();
  if (curl == nullptr) throw std::bad_alloc();
  return curl;
}

}  // namespace

struct Http::Handle {
  Timeouts timeouts;
  CURL* curl;

  explicit Handle(Timeouts wanted) : timeouts(wanted), curl(new_curl()) {}
  ~Handle() { curl_easy_cleanup(curl); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  Response exchange_once(const Request& request) const;
};

Response Http::Handle::exchange_once(const Request& request) const {
  Response response{.url = request.url};
  Transfer transfer{curl, request, response};
  transfer.patience = std::chrono::seconds(timeouts.stall_s);
  HeaderList headers;
  for (const Header& header : request.headers) headers.add(header.name, header.value);
  if (!request.authorization.empty()) headers.add("Authorization", request.authorization);
  char said[CURL_ERROR_SIZE] = "";
  curl_easy_reset(curl);  // connections stay
  set_fixed(curl, timeouts);
  set(curl, CURLOPT_URL, request.url.text.c_str());
  if (request.url.is_loopback()) set(curl, CURLOPT_PROXY, "");  // none can reach what is meant
  set(curl, CURLOPT_HTTPHEADER, headers.get());
  set(curl, CURLOPT_ERRORBUFFER, static_cast<char*>(said));
  set(curl, CURLOPT_HEADERFUNCTION, &on_header);
  set(curl, CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
  set(curl, CURLOPT_WRITEFUNCTION, &on_body);
  set(curl, CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  set(curl, CURLOPT_XFERINFODATA, static_cast<void*>(&transfer));
  set_method(curl, request, transfer);
  const CURLcode code = curl_easy_perform(curl);
  set(curl, CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
  response.connected = transfer.is_connected();
  long err = 0;
  curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &err);
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  if (code == CURLE_OK) {
    transfer.begin();  // where there was no body
  } else if (is_cut_by_us(transfer)) {
    if (!response.too_long) response.failure = "its answer has more than 64 KiB of headers";
  } else {
    const TransferFailure failed{static_cast<int>(code), static_cast<int>(err), said};
    tell_failure(response, failed, timeouts);
  }
  return response;
}

Http::Http(Timeouts timeouts) : handle_(std::make_unique<Handle>(timeouts)) {}
Http::~Http() = default;
Http::Http(Http&&) noexcept = default;
Http& Http::operator=(Http&&) noexcept = default;

Response Http::exchange(const Request& request) {
  Request next = request;
  for (int redirects = 0;; ++redirects) {
    Response response = handle_->exchange_once(next);
    const bool repeatable = request.method == "GET" || request.method == "HEAD";
    if (!repeatable || !is_redirect(response)) return response;
    const std::string location = *response.header("location");
    const std::optional<Url> to = resolve_url(next.url, location);
    std::string mistake = redirect_mistake(request, next.url, to, location);
    if (mistake.empty() && redirects == kMostRedirects)
      mistake = fmt::format("{} redirects for the {}th time", next.url.shown(), redirects + 1);
    if (!mistake.empty()) {
      response.failure = std::move(mistake);
      response.hint =
          "nothing was asked for there; whoever runs the server, or a proxy of this network, can "
          "mend it";
      return response;
    }
    // Once it has been elsewhere, it does not come back: the other host could have sent it
    // anywhere.
    if (to->origin() != next.url.origin()) next.authorization.clear();
    next.url = *to;
  }
}

}  // namespace devbox::image
