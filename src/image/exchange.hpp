// An exchange that is tried again where that may help (image/retry.hpp).
#pragma once

#include <functional>

#include "image/http.hpp"

namespace devbox::image {

class Authorizer;

// Counts the tries of one thing; sleeps between them.
class Patience {
 public:
  // False where there is no other try; else it has waited.
  bool wait(const Response& response);
  void renew() { tries_ = 0; }  // something was achieved

 private:
  int tries_ = 0;
};

// `make` is called for each try, as a body can be read only once.
using MakeRequest = std::function<Request()>;
Response exchange_patiently(Http& http, const MakeRequest& make);

// The same, authorized: a 401 is answered. A Response of 401 is one to which there is no answer.
Response exchange_authorized(Http& http, Authorizer& authorizer, const MakeRequest& make);

// One try of it, but for the 401.
Response exchange_authorized_once(Http& http, Authorizer& authorizer, const MakeRequest& make);

}  // namespace devbox::image
