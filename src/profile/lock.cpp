#include "profile/lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "profile/checks.hpp"
#include "profile/parse.hpp"
#include "profile/report.hpp"
#include "util/text.hpp"

namespace devbox::profile {
namespace {

constexpr std::string_view kSuffix = ".toml";
constexpr std::string_view kLockSuffix = ".lock.toml";
constexpr std::string_view kDigest = "sha256:";

// The lines of the tables of packages are left empty, so that every other keeps its number. No
// value of a lock file goes over a line but lists, whose lines begin with no bracket.
std::string without_packages(std::string_view bytes) {
  std::string text;
  bool inside = false;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (line.starts_with('[')) inside = line.ends_with(".installed]");
    if (!inside) text += line;
    text += '\n';
  }
  return text;
}

class Reader {
 public:
  Reader(Report& report, Lock& lock) : report_(report), lock_(lock) {}

  void read(const Node& document) {
    for (const Node& node : document.children) {
      if (node.key == "schema") {
        schema(node);
      } else if (node.key == "source") {
        lock_.source = text(node);
      } else if (node.key == "packages") {
        lock_.packages = texts(node);
      } else if (node.key == "index") {
        lock_.index = digest(node);
      } else if (node.key == "platform") {
        platforms(node);
      } else {
        unknown(node);
      }
    }
    if (document.find("schema") == nullptr) wrong(document.at, "`schema` is missing");
    if (lock_.source.empty()) wrong(document.at, "`source` is missing");
  }

 private:
  void wrong(Where at, std::string message) { report_.add(at, std::move(message)); }
  void unknown(const Node& node) {
    wrong(node.key_at, fmt::format("unknown key `{}`", shown_key(node.key)));
  }

  void schema(const Node& node) {
    if (node.type == Node::Type::integer && node.integer == 1) return;
    wrong(node.at, "`schema` must be 1: a newer devbox wrote this file");
  }

  std::string text(const Node& node) {
    if (node.type == Node::Type::string && !node.text.empty()) return node.text;
    wrong(node.at, fmt::format("`{}` must be a string that is not empty", shown_key(node.key)));
    return {};
  }

  std::vector<std::string> texts(const Node& node) {
    std::vector<std::string> list;
    if (node.type != Node::Type::array)
      wrong(node.at, fmt::format("`{}` must be a list of strings", shown_key(node.key)));
    for (const Node& child : node.children) list.push_back(text(child));
    return list;
  }

  std::string digest(const Node& node) {
    const std::string value = text(node);
    const std::string bad = check_digest(value);
    if (!bad.empty()) wrong(node.at, fmt::format("`{}`{}", shown_key(node.key), bad));
    return bad.empty() ? value.substr(kDigest.size()) : std::string();
  }

  std::vector<std::string> digests(const Node& node) {
    std::vector<std::string> list;
    if (node.type != Node::Type::array)
      wrong(node.at, fmt::format("`{}` must be a list of digests", shown_key(node.key)));
    for (const Node& child : node.children) list.push_back(digest(child));
    return list;
  }

  void platforms(const Node& node) {
    if (!node.is_table()) return wrong(node.at, "`platform` must be a table");
    for (const Node& child : node.children) {
      if (child.is_table()) {
        lock_.platforms[child.key] = platform(child);
      } else {
        unknown(child);
      }
    }
  }

  LockedImage platform(const Node& table) {
    LockedImage image;
    for (const Node& node : table.children) {
      if (node.key == "archive") {
        image.archive = digest(node);
      } else if (node.key == "plain") {
        image.plain = digest(node);
      } else if (node.key == "tree") {
        image.tree = digest(node);
      } else if (node.key == "manifest") {
        image.manifest = digest(node);
      } else if (node.key == "config") {
        image.config = digest(node);
      } else if (node.key == "committed") {
        image.committed = digest(node);
      } else if (node.key == "layers") {
        image.layers = digests(node);
      } else if (node.key == "diff_ids") {
        image.diff_ids = digests(node);
      } else if (node.key == "epoch" && node.type == Node::Type::integer && node.integer >= 0) {
        image.epoch = node.integer;
      } else if (node.key == "installed" && node.is_table()) {
        installed(node, image);
      } else {
        unknown(node);
      }
    }
    require_whole(table, image);
    return image;
  }

  void require_whole(const Node& table, const LockedImage& image) {
    const auto missing = [&](const char* key) {
      wrong(table.key_at, fmt::format("`platform.{}`: `{}` is missing", shown_key(table.key), key));
    };
    if (image.manifest.empty()) {
      if (image.plain.empty()) missing("plain");
      return;
    }
    if (image.config.empty()) missing("config");
    if (image.layers.size() != image.diff_ids.size()) {
      wrong(table.key_at,
            fmt::format("`platform.{}`: `layers` has {} digests and `diff_ids` {}",
                        shown_key(table.key), image.layers.size(), image.diff_ids.size()));
    }
  }

  void installed(const Node& table, LockedImage& image) {
    for (const Node& node : table.children) {
      const std::vector<std::string> words = split(text(node), ' ');
      const bool whole = words.size() == 3 && !words[0].empty() && !words[1].empty() &&
                         check_digest(words[2]).empty();
      if (!whole) {
        wrong(node.at,
              fmt::format("`{}` must be \"VERSION ARCHITECTURE sha256:…\"", shown_key(node.key)));
        continue;
      }
      image.installed.push_back({node.key, words[0], words[1], words[2].substr(kDigest.size())});
    }
  }

  Report& report_;
  Lock& lock_;
};

// A basic string of TOML ("String").
std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

// Whole, where a message may shorten it.
std::string toml_key(std::string_view key) {
  const auto is_bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), is_bare);
  return bare ? std::string(key) : toml_string(key);
}

std::string digest_line(std::string_view key, const std::string& hex) {
  return hex.empty() ? std::string() : fmt::format("{} = \"{}{}\"\n", key, kDigest, hex);
}

std::string digest_lines(std::string_view key, const std::vector<std::string>& list) {
  std::string text = fmt::format("{} = [\n", key);
  for (const std::string& hex : list) text += fmt::format("  \"{}{}\",\n", kDigest, hex);
  return text + "]\n";
}

std::string platform_text(const std::string& name, const LockedImage& image) {
  std::string text = fmt::format("\n[platform.{}]\n", toml_string(name));
  text += digest_line("archive", image.archive);
  text += digest_line("manifest", image.manifest);
  text += digest_line("config", image.config);
  if (!image.manifest.empty()) {
    text += digest_lines("layers", image.layers);
    text += digest_lines("diff_ids", image.diff_ids);
  } else if (image.archive.empty()) {
    text += fmt::format("epoch = {}\n", image.epoch);
  }
  text += digest_line("plain", image.plain);
  text += digest_line("tree", image.tree);
  text += digest_line("committed", image.committed);
  if (image.installed.empty()) return text;
  text += fmt::format("\n[platform.{}.installed]\n", toml_string(name));
  for (const LockedPackage& package : image.installed) {
    text += fmt::format("{} = {}\n", toml_key(package.name),
                        toml_string(fmt::format("{} {} {}{}", package.version, package.architecture,
                                                kDigest, package.sha256)));
  }
  return text;
}

}  // namespace

ParsedLock parse_lock(std::string_view bytes, const std::string& path, LockPart part) {
  ParsedLock parsed;
  Report report;
  const std::optional<Node> document =
      part == LockPart::whole ? parse(bytes, 0, report) : parse(without_packages(bytes), 0, report);
  if (document) Reader(report, parsed.lock).read(*document);
  for (const Mistake& mistake : report.in_order({{path, {}}}))
    parsed.mistakes.push_back(fmt::format("{}: {}", mistake.at.text(), mistake.message));
  return parsed;
}

std::string lock_text(const Lock& lock, std::string_view profile) {
  std::string text = fmt::format(
      "# What the image of {} stood for when `devbox lock` was run. Keep it beside the profile, "
      "in\n"
      "# version control too; `devbox lock --update` writes it anew.\n"
      "schema = 1\n"
      "source = {}\n",
      printable(profile), toml_string(lock.source));
  std::string packages;
  for (const std::string& package : lock.packages)
    packages += (packages.empty() ? "" : ", ") + toml_string(package);
  if (!packages.empty()) text += fmt::format("packages = [{}]\n", packages);
  text += digest_line("index", lock.index);
  for (const auto& [name, image] : lock.platforms) text += platform_text(name, image);
  return text;
}

std::string lock_name(std::string_view profile) {
  if (profile.ends_with(kSuffix)) profile.remove_suffix(kSuffix.size());
  return std::string(profile) + std::string(kLockSuffix);
}

bool is_lock_name(std::string_view file) { return file.ends_with(kLockSuffix); }

}  // namespace devbox::profile
