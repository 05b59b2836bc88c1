// HTTP by libcurl, for registries: one exchange at a time, redirects followed here, where it is
// known who may see an Authorization.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/blobs.hpp"
#include "image/url.hpp"

namespace devbox::image {

struct Header {
  std::string name;
  std::string value;

  bool is(std::string_view other) const;  // whatever its case
};

// Fills `buffer` and says how much of it; 0 is the end.
using ReadBytes = std::function<std::size_t(char* buffer, std::size_t size)>;

struct Body {
  ReadBytes read;
  std::uint64_t size = 0;
};

struct Response;

// Whether a redirect may lead from plain http to that of another host, which is not this one.
enum class PlainElsewhere { followed, refused };

struct Request {
  std::string method = "GET";
  Url url;
  std::vector<Header> headers;  // no Authorization
  std::string authorization;    // its value; sent to `url`'s origin alone
  std::optional<Body> body;     // read once: a redirect of it is not followed
  // Called once with the status and headers of an answer of 2xx; its sink takes the body. Where
  // there is none, the body is kept in the Response.
  std::function<Sink(const Response&)> begin;
  std::size_t most = std::size_t{64} << 10U;  // bytes of a kept body
  PlainElsewhere plain_elsewhere = PlainElsewhere::followed;
};

struct Response {
  int status = 0;  // 0: there is no answer, and `failure` says why
  Url url;         // that answered, after redirects
  std::vector<Header> headers;
  std::string body;        // where no sink took it
  bool too_long = false;   // there was more than `most`, which is left out
  std::string failure;     // what went wrong before the end of the body; printable
  std::string hint;        // what to do about it; may be empty
  bool connected = false;  // the server was reached
  bool may_pass = false;   // what failed may not fail again: it is worth another try

  bool ok() const { return failure.empty() && status >= 200 && status < 300; }
  // The first of that name, whatever its case; std::nullopt where there is none.
  std::optional<std::string> header(std::string_view name) const;
};

struct Timeouts {
  long connect_s = 30;
  long stall_s = 60;  // without a byte, either way
};

// A libcurl handle: connections are kept between its exchanges. One thread at a time.
class Http {
 public:
  explicit Http(Timeouts timeouts);
  ~Http();
  Http(Http&&) noexcept;
  Http& operator=(Http&&) noexcept;
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  // Follows at most ten redirects of GET and HEAD: to http and https alone, from https never to
  // plain http but of loopback, without Authorization once the origin is another. What a server or
  // the network does wrong is in the Response; throws Error where libcurl cannot be used at all,
  // and whatever a sink throws.
  Response exchange(const Request& request);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace devbox::image
