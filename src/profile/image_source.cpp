#include "profile/image_source.hpp"

#include <vector>

#include <fmt/format.h>

#include "profile/checks.hpp"
#include "profile/image_reference.hpp"
#include "profile/report.hpp"
#include "profile/url.hpp"
#include "util/text.hpp"

namespace devbox::profile {

namespace {

constexpr SourceForm kForms[] = {
    {"rootfs:", SourceKind::rootfs},
    {"tar:", SourceKind::tar},
    {"tar:", SourceKind::tar_url},
    {"debian:", SourceKind::debian},
    {"docker://", SourceKind::docker},
    {"oci:", SourceKind::oci},
    {"oci-archive:", SourceKind::oci_archive},
    {"docker-archive:", SourceKind::docker_archive},
};

constexpr std::string_view kHost = "host";

// "bookworm", "stable", "bookworm-backports": a word of mmdebstrap's command.
std::string check_suite(std::string_view suite) {
  if (is_package_word(suite)) return {};
  return fmt::format(": {} is no suite of Debian; \"debian:bookworm\" is one", quoted(suite));
}

std::string unknown_form(std::string_view text) {
  const bool is_path = text.starts_with('/') || text.starts_with('.') || text.starts_with('~');
  if (is_path) {
    return fmt::format(
        " must be \"docker://REFERENCE\", \"debian:SUITE\", \"tar:FILE\", \"oci:DIR\", "
        "\"oci-archive:FILE\", \"docker-archive:FILE\", \"rootfs:DIR\" or \"host\", not {}{}",
        quoted(text), did_you_mean(fmt::format("rootfs:{}", text)));
  }
  std::vector<std::string> known = {std::string(kHost)};
  for (const SourceForm& form : kForms) known.emplace_back(form.prefix);
  const std::size_t colon = text.find(':');
  const std::string_view written =
      colon == std::string_view::npos ? text : text.substr(0, colon + 1);
  std::string meant = nearest(written, known);
  if (written == "docker:") meant = "docker://";
  return fmt::format(
      " must be \"docker://REFERENCE\", \"debian:SUITE\", \"tar:FILE\", \"oci:DIR\", "
      "\"oci-archive:FILE\", \"docker-archive:FILE\", \"rootfs:DIR\" or \"host\", not {}{}",
      quoted(text), did_you_mean(meant));
}

}  // namespace

std::span<const SourceForm> source_forms() { return kForms; }

std::string take_tag(std::string& reference) {
  const std::size_t colon = reference.rfind(':');
  if (colon == std::string::npos || reference.find('/', colon) != std::string::npos) return {};
  std::string tag = reference.substr(colon + 1);
  reference.erase(colon);
  return tag;
}

std::optional<ParsedSource> parse_source(std::string_view text) {
  if (text == kHost) return ParsedSource{};
  for (const SourceForm& form : kForms) {
    if (!text.starts_with(form.prefix)) continue;
    ParsedSource source{form.kind, form.prefix, text.substr(form.prefix.size())};
    // Whatever has a scheme was meant as a URL; which are none is said by check_image_source.
    if (form.kind == SourceKind::tar && source.reference.find("://") != std::string_view::npos)
      source.kind = SourceKind::tar_url;
    return source;
  }
  return std::nullopt;
}

std::string check_image_source(std::string_view text) {
  const std::optional<ParsedSource> source = parse_source(text);
  if (!source) return unknown_form(text);
  if (source->kind == SourceKind::host) return {};
  if (source->reference.empty()) return fmt::format(": nothing follows `{}`", source->prefix);
  if (source->kind == SourceKind::tar_url) {
    const std::string mistake = url_mistake(source->reference);
    return mistake.empty() ? mistake : ": " + mistake;
  }
  if (source->kind == SourceKind::debian) return check_suite(source->reference);
  if (source->kind == SourceKind::docker) {
    const std::string mistake = parse_image_reference(source->reference).mistake;
    return mistake.empty() ? mistake : ": " + mistake;
  }
  return check_host_path(source->reference);
}

}  // namespace devbox::profile
