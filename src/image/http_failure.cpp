#include "image/http_failure.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <string>
#include <utility>

#include "host/cannot.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

struct Failure {
  std::string text;
  std::string hint;
  bool may_pass = false;
};

Failure failure_of(const TransferFailure& failed, const Url& url, const Timeouts& timeouts) {
  const auto code = static_cast<CURLcode>(failed.code);
  const std::string where = printable(url.authority());
  const std::string detail =
      printable(failed.said.empty() ? curl_easy_strerror(code) : failed.said);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {fmt::format("there is no host {}", printable(url.host)),
              "is the name spelt right, and is the network there?"};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {detail, "the variables http_proxy and https_proxy name it"};
    case CURLE_COULDNT_CONNECT:
      return {fmt::format("{} does not let us connect ({})", where,
                          failed.err == 0 ? detail : host::errno_text(failed.err)),
              "is it running, and does a firewall or a proxy stand in between?", true};
    case CURLE_OPERATION_TIMEDOUT:
      return {fmt::format("{} did not let us connect within {} s", where, timeouts.connect_s),
              "does a firewall or a proxy stand in between?", true};
    case CURLE_ABORTED_BY_CALLBACK:
      return {fmt::format("{} sent nothing for {} s", where, timeouts.stall_s), {}, true};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {fmt::format("the certificate of {} is not trusted ({})", where, detail),
              "where it is from an authority of your own, add that to this host's "
              "(update-ca-certificates(8)), or name its file in SSL_CERT_FILE"};
    case CURLE_SSL_CONNECT_ERROR:
      return {fmt::format("{} does not speak TLS as we do ({})", where, detail),
              "if it speaks plain http, `insecure = true` in registries.toml allows that; see "
              "devbox.toml(5)"};
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return {fmt::format("{} broke the connection ({})", where, detail), {}, true};
    default:
      return {detail, {}, false};
  }
}

}  // namespace

void tell_failure(Response& response, const TransferFailure& failed, const Timeouts& timeouts) {
  Failure failure = failure_of(failed, response.url, timeouts);
  response.failure = std::move(failure.text);
  response.hint = std::move(failure.hint);
  response.may_pass = failure.may_pass;
}

}  // namespace devbox::image
