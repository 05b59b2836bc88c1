// URLs of http and https, as somebody writes them down: what none may be. libcurl reads them before
// one is used (image/url.hpp). Pure.
#pragma once

#include <string>
#include <string_view>

namespace devbox::profile {

bool is_url(std::string_view text);  // it begins as one of http or https

bool has_user(std::string_view url);  // and perhaps a password, before the host

// `"ftp://x" must begin with …`; empty where nothing is wrong with it.
std::string url_mistake(std::string_view url);

// "quay.io", "localhost:5000": what a reference's registry can be, in the one way that it is
// written there; empty where `host` is none.
std::string registry_name(std::string_view host);

// "mirror.example", "localhost:5000": the host as registries.toml names it, with the port where one
// is written that is not the usual one. Of a URL that has no mistake.
std::string url_authority(std::string_view url);

}  // namespace devbox::profile
