// Any bytes as a file of logins, as what a credential helper and a token server print, and as a
// challenge.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "image/auth.hpp"
#include "image/authorizer.hpp"
#include "image/challenge.hpp"
#include "image/credential_helper.hpp"
#include "util/error.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <class Use>
void may_refuse(Use use) {
  try {
    use();
  } catch (const devbox::Error& error) {
    require(!error.message().empty());
  }
}

bool is_printable(std::string_view text) {
  for (const char c : text)
    if (c <= ' ' || c >= 0x7f) return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  may_refuse([&] {
    const devbox::image::AuthFile file = devbox::image::parse_auth_file(bytes, "auth.json");
    for (const auto& [key, credentials] : file.auths) {
      require(!key.ends_with('/'));
      // One line of a header, whatever is in it.
      const std::string value = devbox::image::basic_value(credentials);
      require(value.starts_with("Basic ") && is_printable(std::string_view(value).substr(6)));
    }
  });
  may_refuse([&] { devbox::image::parse_helper_answer(bytes, "helper"); });
  may_refuse([&] {
    const devbox::image::Token token = devbox::image::parse_token(bytes);
    require(!token.text.empty() && is_printable(token.text) && token.lasts.count() >= 60);
  });
  for (const devbox::image::Challenge& challenge : devbox::image::parse_challenges(bytes)) {
    require(!challenge.scheme.empty());
    for (const auto& [name, value] : challenge.parameters) require(!name.empty());
  }
  return 0;
}
