#include "profile/url.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "profile/image_reference.hpp"
#include "profile/report.hpp"
#include "util/text.hpp"

namespace devbox::profile {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

std::string_view without_scheme(std::string_view url) {
  for (const std::string_view scheme : {kHttps, kHttp}) {
    if (url.starts_with(scheme)) return url.substr(scheme.size());
  }
  return url;
}

std::string_view host_of(std::string_view url) {
  const std::string_view rest = without_scheme(url);
  return rest.substr(0, rest.find_first_of("/?#"));
}

bool has_port(std::string_view host) {
  return host.find(':', host.starts_with('[') ? host.find(']') : 0) != std::string_view::npos;
}

}  // namespace

bool is_url(std::string_view text) { return without_scheme(text).size() != text.size(); }

bool has_user(std::string_view url) {
  return is_url(url) && host_of(url).find('@') != std::string_view::npos;
}

std::string registry_name(std::string_view host) {
  const ParsedReference parsed = parse_image_reference(fmt::format("{}/x/y", host));
  return parsed.reference && parsed.reference->repository == "x/y" ? parsed.reference->registry
                                                                   : std::string();
}

std::string url_mistake(std::string_view url) {
  if (!is_url(url))
    return fmt::format("{} must begin with \"https://\" or \"http://\"", quoted(url));
  const std::string_view host = host_of(url);
  if (has_user(url)) return "no user and no password may be written in a URL";
  // With a port any word is a host's name, which "mirror" alone would not be.
  if (registry_name(has_port(host) ? std::string(host) : fmt::format("{}:443", host)).empty())
    return fmt::format("{} has no host", quoted(url));
  if (url.find('#') != std::string_view::npos)
    return fmt::format("{} must not have a \"#\"", quoted(url));
  constexpr std::string_view kNever = "\"<>\\^`{|}";  // RFC 3986, 2
  const auto is_plain = [&](char c) {
    return c > ' ' && c < 0x7f && kNever.find(c) == std::string_view::npos;
  };
  if (!std::all_of(url.begin(), url.end(), is_plain))
    return fmt::format("{} has characters that no URL has", quoted(url));
  return {};
}

std::string url_authority(std::string_view url) {
  std::string host = lower_case(host_of(url));
  const std::string usual = url.starts_with(kHttps) ? ":443" : ":80";
  if (has_port(host) && host.ends_with(usual)) host.resize(host.size() - usual.size());
  return host;
}

}  // namespace devbox::profile
