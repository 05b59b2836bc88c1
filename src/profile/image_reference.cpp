#include "profile/image_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "profile/checks.hpp"
#include "profile/report.hpp"
#include "util/text.hpp"

namespace devbox::profile {
namespace {

constexpr std::string_view kHub = "docker.io";
constexpr std::string_view kOldHub = "index.docker.io";
constexpr std::string_view kDigest = "sha256:";
constexpr std::size_t kLongestName = 255;  // of registry and repository together
constexpr std::size_t kLongestTag = 128;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_lower(c) || is_upper(c) || is_digit(c); }
bool is_name_character(char c) { return is_lower(c) || is_digit(c); }

bool holds(std::string_view text, char c) { return text.find(c) != std::string_view::npos; }

// "library/gcc" has no registry in it, "quay.io/gcc" and "localhost/gcc" have.
bool is_registry(std::string_view first) {
  return holds(first, '.') || holds(first, ':') || first == "localhost" ||
         std::any_of(first.begin(), first.end(), is_upper);
}

bool is_domain(std::string_view host) {
  const std::vector<std::string> labels = split(host, '.');
  return std::all_of(labels.begin(), labels.end(), [](const std::string& label) {
    return !label.empty() && is_alphanumeric(label.front()) && is_alphanumeric(label.back()) &&
           std::all_of(label.begin(), label.end(),
                       [](char c) { return is_alphanumeric(c) || c == '-'; });
  });
}

bool is_ipv6(std::string_view host) {
  const auto fits = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':';
  };
  return host.size() > 3 && host.front() == '[' && host.back() == ']' && holds(host, ':') &&
         std::all_of(host.begin() + 1, host.end() - 1, fits);
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), port);
  return err == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536 &&
         is_digit(text.front());
}

std::string registry_mistake(std::string_view registry) {
  const std::size_t bracket = registry.rfind(']');
  const std::size_t from = bracket == std::string_view::npos ? 0 : bracket;
  const std::size_t colon = registry.find(':', from);
  const std::string_view host = registry.substr(0, colon);
  if (!is_domain(host) && !is_ipv6(host))
    return fmt::format("{} is no name of a registry", quoted(registry));
  if (colon == std::string_view::npos) return {};
  const std::string_view port = registry.substr(colon + 1);
  if (is_port(port)) return {};
  return fmt::format("the port of {} must be a number from 1 to 65535, not {}", quoted(host),
                     quoted(port));
}

// Words of lower-case letters and digits, between them one ".", one or two "_", or any number of
// "-".
bool is_path_component(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto* word_end = std::find_if_not(text.begin() + at, text.end(), is_name_character);
    const auto end = static_cast<std::size_t>(word_end - text.begin());
    if (end == at) return false;
    if (end == text.size()) return true;
    const auto* next = std::find_if(word_end, text.end(), is_name_character);
    const std::string_view between = text.substr(end, static_cast<std::size_t>(next - word_end));
    const bool dashes = between.find_first_not_of('-') == std::string_view::npos;
    if (!dashes && between != "." && between != "_" && between != "__") return false;
    at = end + between.size();
  }
  return false;
}

std::string repository_mistake(std::string_view repository) {
  for (const std::string& component : split(repository, '/')) {
    if (component.empty() && repository.empty()) return "no repository is named";
    if (component.empty())
      return fmt::format("the repository {} has an empty part", quoted(repository));
    if (is_path_component(component)) continue;
    if (std::any_of(component.begin(), component.end(), is_upper) &&
        is_path_component(lower_case(component))) {
      return fmt::format("the repository {} must be in lower case{}", quoted(repository),
                         did_you_mean(lower_case(repository), "\""));
    }
    return fmt::format(
        "{} cannot be part of a repository's name: that is lower-case letters and digits, with "
        "\".\", \"_\", \"__\" or \"-\" between them",
        quoted(component));
  }
  return {};
}

std::string tag_mistake(std::string_view tag) {
  if (tag.empty()) return "no tag follows the \":\"";
  const auto fits = [](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; };
  if (!std::all_of(tag.begin(), tag.end(), fits) || tag.front() == '.' || tag.front() == '-') {
    return fmt::format(
        "the tag {} must be letters, digits, \"_\", \".\" and \"-\", and begin with none of the "
        "last two",
        quoted(tag));
  }
  if (tag.size() <= kLongestTag) return {};
  return fmt::format("the tag {} must have at most {} characters, not {}", quoted(tag), kLongestTag,
                     tag.size());
}

// What is before the "@", and its mistake.
std::string take_name(std::string_view name, ImageReference& reference) {
  const std::size_t last_slash = name.rfind('/');
  const std::size_t colon = name.find(':', last_slash == std::string_view::npos ? 0 : last_slash);
  if (colon != std::string_view::npos) {
    reference.tag = name.substr(colon + 1);
    if (std::string mistake = tag_mistake(reference.tag); !mistake.empty()) return mistake;
    name = name.substr(0, colon);
  }
  const std::size_t slash = name.find('/');
  const std::string_view first = name.substr(0, slash);
  if (slash != std::string_view::npos && is_registry(first)) {
    if (std::string mistake = registry_mistake(first); !mistake.empty()) return mistake;
    // Capitals alone tell "HOST" from a repository: they stay, that the text means the same again.
    const std::string lower = lower_case(first);
    reference.registry = is_registry(lower) ? lower : std::string(first);
    name.remove_prefix(slash + 1);
  }
  if (std::string mistake = repository_mistake(name); !mistake.empty()) return mistake;
  if (reference.registry.empty() || reference.registry == kOldHub) reference.registry = kHub;
  const bool is_official = reference.registry == kHub && !holds(name, '/');
  reference.repository = (is_official ? "library/" : "") + std::string(name);
  const std::size_t length = reference.registry.size() + 1 + reference.repository.size();
  if (length <= kLongestName) return {};
  return fmt::format("registry and repository have {} characters, at most {} are allowed", length,
                     kLongestName);
}

}  // namespace

std::string ImageReference::text() const {
  std::string text = registry + "/" + repository;
  if (!tag.empty()) text += ":" + tag;
  if (!digest.empty()) text += fmt::format("@{}{}", kDigest, digest);
  return text;
}

ParsedReference parse_image_reference(std::string_view text) {
  if (text.empty()) return {std::nullopt, "no image is named"};
  if (text.find("://") != std::string_view::npos)
    return {std::nullopt, fmt::format("{} has a second \"://\"", quoted(text))};
  ImageReference reference;
  const std::size_t at = text.find('@');
  std::string mistake = take_name(text.substr(0, at), reference);
  if (mistake.empty() && at != std::string_view::npos) {
    const std::string_view digest = text.substr(at + 1);
    mistake = check_digest(digest);
    if (!mistake.empty()) mistake = "the digest" + mistake;
    if (mistake.empty()) reference.digest = digest.substr(kDigest.size());
  }
  if (!mistake.empty()) return {std::nullopt, std::move(mistake)};
  if (reference.tag.empty() && reference.digest.empty()) reference.tag = "latest";
  return {std::move(reference), {}};
}

}  // namespace devbox::profile
