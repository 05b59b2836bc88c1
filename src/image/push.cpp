// The half of a Registry that writes (distribution specification, "Push"). Mirrors are never pushed
// to.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "image/endpoint.hpp"
#include "image/exchange.hpp"
#include "image/refusal.hpp"
#include "image/registry.hpp"
#include "image/registry_state.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

// A source that ends too early would leave the server waiting for the rest.
ReadBytes exactly(std::uint64_t size, ReadBytes read) {
  return [left = size, read = std::move(read)](char* buffer, std::size_t most) mutable {
    const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(left, most));
    if (room == 0) return std::size_t{0};
    const std::size_t got = read(buffer, room);
    if (got == 0) throw Error("what is to be pushed is shorter than it should be");
    left -= got;
    return got;
  };
}

Body body_of(std::string_view text) {
  return {[text](char* buffer, std::size_t most) mutable {
            const std::size_t count = text.copy(buffer, most);
            text.remove_prefix(count);
            return count;
          },
          text.size()};
}

class Upload {
 public:
  Upload(Endpoint& endpoint, Http& http, const Descriptor& descriptor)
      : endpoint_(endpoint),
        http_(http),
        descriptor_(descriptor),
        what_(fmt::format("push sha256:{} to {}", descriptor.digest, printable(endpoint.name()))) {}

  bool is_there() {
    const Url url = endpoint_.url(http_, fmt::format("blobs/sha256:{}", descriptor_.digest));
    const Response response = exchange_authorized(
        http_, endpoint_.authorizer(), [&] { return Request{.method = "HEAD", .url = url}; });
    if (response.failure.empty() && response.status == 404) return false;
    if (!response.ok()) throw refusal(what_, endpoint_.host(), response);
    return true;
  }

  // False where the registry took it from the repository `from`.
  bool send(const OpenBytes& open, std::string_view from) {
    if (!from.empty()) endpoint_.authorizer().also_pull(from);
    Patience patience;
    while (true) {
      const Response begun = begin(from);
      if (begun.ok() && begun.status == 201) return false;
      Response response = begun.ok() && begun.status == 202 ? put(begun, open) : begun;
      if (response.ok() && response.status == 201) return true;
      if (response.ok()) response.failure = fmt::format("it answers {}", response.status);
      if (!patience.wait(response)) throw refusal(what_, endpoint_.host(), response);
      from = {};
    }
  }

 private:
  Response begin(std::string_view from) {
    std::string path = "blobs/uploads/";
    if (!from.empty()) {
      path += fmt::format("?mount=sha256:{}&from={}", descriptor_.digest, percent_encoded(from));
    }
    const Url url = endpoint_.url(http_, path);
    return exchange_authorized_once(http_, endpoint_.authorizer(),
                                    [&] { return Request{.method = "POST", .url = url}; });
  }

  // The whole in one request, to where the registry says.
  Response put(const Response& begun, const OpenBytes& open) {
    const std::string location = begun.header("location").value_or("");
    const std::optional<Url> session = resolve_url(begun.url, location);
    const std::optional<Url> url =
        session ? parse_url(fmt::format("{}{}digest=sha256:{}", session->text,
                                        session->query.empty() ? "?" : "&", descriptor_.digest))
                : std::nullopt;
    if (!url || (url->is_plain() && !begun.url.is_plain() && !url->is_loopback())) {
      throw Error(fmt::format("cannot {}: {} wants the bytes at \"{}\"", what_,
                              printable(endpoint_.host()), printable(location.substr(0, 100))));
    }
    const MakeRequest make = [&] {
      return Request{.method = "PUT",
                     .url = *url,
                     .headers = {{"Content-Type", "application/octet-stream"}},
                     .body = Body{exactly(descriptor_.size, open()), descriptor_.size}};
    };
    const bool is_own = url->origin() == begun.url.origin();
    return is_own ? exchange_authorized_once(http_, endpoint_.authorizer(), make)
                  : http_.exchange(make());
  }

  Endpoint& endpoint_;
  Http& http_;
  const Descriptor& descriptor_;
  const std::string what_;
};

}  // namespace

bool Registry::has_blob(const Descriptor& descriptor) {
  HttpPool::Lease http(state_->pool);
  return Upload(state_->own(), http.get(), descriptor).is_there();
}

bool Registry::push_blob(const Descriptor& descriptor, const OpenBytes& open,
                         std::string_view from) {
  HttpPool::Lease http(state_->pool);
  Upload upload(state_->own(), http.get(), descriptor);
  return !upload.is_there() && upload.send(open, from);
}

void Registry::push_manifest(std::string_view tag, std::string_view bytes,
                             std::string_view media_type) {
  HttpPool::Lease http(state_->pool);
  Endpoint& endpoint = state_->own();
  const std::string what =
      fmt::format("push the manifest of {}:{}", printable(endpoint.name()), printable(tag));
  const Url url = endpoint.url(http.get(), fmt::format("manifests/{}", percent_encoded(tag)));
  const Response response = exchange_authorized(http.get(), endpoint.authorizer(), [&] {
    return Request{.method = "PUT",
                   .url = url,
                   .headers = {{"Content-Type", std::string(media_type)}},
                   .body = body_of(bytes)};
  });
  if (!response.ok()) throw refusal(what, endpoint.host(), response);
}

}  // namespace devbox::image
