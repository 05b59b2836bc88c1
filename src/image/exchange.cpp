#include "image/exchange.hpp"

#include <algorithm>
#include <ctime>
#include <random>
#include <thread>

#include "image/authorizer.hpp"
#include "image/retry.hpp"

namespace devbox::image {
namespace {

double chance() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

}  // namespace

bool Patience::wait(const Response& response) {
  const auto pause = pause_after(response, ++tries_, std::time(nullptr), chance());
  if (!pause) return false;
  std::this_thread::sleep_for(*pause);
  return true;
}

Response exchange_patiently(Http& http, const MakeRequest& make) {
  Patience patience;
  while (true) {
    Response response = http.exchange(make());
    if (!patience.wait(response)) return response;
  }
}

Response exchange_authorized_once(Http& http, Authorizer& authorizer, const MakeRequest& make) {
  // A token may have ended meanwhile, and another may be asked to be good for more.
  constexpr int kMostAnswers = 3;
  for (int answers = 0;; ++answers) {
    Request request = make();
    request.authorization = authorizer.value();
    Response response = http.exchange(request);
    // Where a redirect led elsewhere, it is not for that place to ask who we are.
    const bool asks = response.failure.empty() && response.status == 401 &&
                      response.url.origin() == request.url.origin();
    if (!asks && response.status != 0) authorizer.worked(request.authorization);
    if (!asks || answers == kMostAnswers) return response;
    if (!authorizer.answer(http, response, request.authorization)) return response;
  }
}

Response exchange_authorized(Http& http, Authorizer& authorizer, const MakeRequest& make) {
  Patience patience;
  while (true) {
    Response response = exchange_authorized_once(http, authorizer, make);
    if (!patience.wait(response)) return response;
  }
}

}  // namespace devbox::image
