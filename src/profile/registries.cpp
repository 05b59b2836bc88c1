#include "profile/registries.hpp"

#include <fmt/format.h>

#include "profile/parse.hpp"
#include "profile/report.hpp"
#include "profile/url.hpp"
#include "util/text.hpp"

namespace devbox::profile {
namespace {

std::string mirror_mistake(std::string_view url) {
  if (has_user(url))
    return "the user and password of a mirror belong into `docker login` or `podman login`";
  std::string mistake = url_mistake(url);
  if (mistake.empty() && url.find('?') != std::string_view::npos)
    mistake = fmt::format("{} must not have a \"?\"", quoted(url));
  return mistake;
}

class Reader {
 public:
  Reader(Report& report, Registries& registries) : report_(report), registries_(registries) {}

  void read(const Node& document) {
    for (const Node& node : document.children) {
      if (node.key != "registry") {
        unknown(node, {"registry"});
      } else if (!node.is_table()) {
        wrong(node.at, "`registry` must be a table: [registry.\"localhost:5000\"]");
      } else {
        for (const Node& child : node.children) registry(child);
      }
    }
  }

 private:
  void wrong(Where at, std::string message) { report_.add(at, std::move(message)); }
  void unknown(const Node& node, const std::vector<std::string>& known) {
    wrong(node.key_at, fmt::format("unknown key `{}`{}", shown_key(node.key),
                                   did_you_mean(nearest(node.key, known))));
  }

  void registry(const Node& node) {
    const std::string name = registry_name(node.key);
    if (name.empty()) {
      wrong(node.key_at, fmt::format("{} is no name of a registry, such as \"quay.io\" or "
                                     "\"localhost:5000\"",
                                     quoted(node.key)));
    } else if (!node.is_table()) {
      wrong(node.at, fmt::format("`registry.{}` must be a table", shown_key(node.key)));
    } else if (!registries_.emplace(name, settings(node)).second) {
      wrong(node.key_at, fmt::format("{} is here twice, in other letters", quoted(name)));
    }
  }

  RegistrySettings settings(const Node& table) {
    RegistrySettings settings;
    for (const Node& node : table.children) {
      if (node.key == "insecure" && node.type == Node::Type::boolean) {
        settings.insecure = node.boolean;
      } else if (node.key == "insecure") {
        wrong(node.at, "`insecure` must be true or false");
      } else if (node.key == "mirrors") {
        settings.mirrors = mirrors(node);
      } else {
        unknown(node, {"insecure", "mirrors"});
      }
    }
    return settings;
  }

  std::vector<std::string> mirrors(const Node& node) {
    std::vector<std::string> urls;
    if (node.type != Node::Type::array) wrong(node.at, "`mirrors` must be an array of strings");
    for (const Node& child : node.children) {
      std::string_view url = child.text;
      while (url.ends_with('/')) url.remove_suffix(1);
      if (child.type != Node::Type::string) {
        wrong(child.at, "`mirrors` must be an array of strings");
      } else if (const std::string mistake = mirror_mistake(url); !mistake.empty()) {
        wrong(child.at, "`mirrors`: " + mistake);
      } else {
        urls.emplace_back(url);
      }
    }
    return urls;
  }

  Report& report_;
  Registries& registries_;
};

}  // namespace

ParsedRegistries parse_registries(std::string_view bytes, const std::string& path) {
  ParsedRegistries parsed;
  Report report;
  if (const std::optional<Node> document = parse(bytes, 0, report))
    Reader(report, parsed.registries).read(*document);
  for (const Mistake& mistake : report.in_order({{path, {}}}))
    parsed.mistakes.push_back(fmt::format("{}: {}", mistake.at.text(), mistake.message));
  return parsed;
}

}  // namespace devbox::profile
