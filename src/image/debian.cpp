#include "image/debian.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "host/owners.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

// deb-version(7), Debian policy 5.6.1: none of it means anything to sh(1).
bool is_word(std::string_view text) {
  constexpr std::string_view kPlain = "+-.:~_";
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPlain.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), fits);
}

[[noreturn]] void wrong_recipe(const char* key) {
  throw Error(fmt::format("the recipe's `{}` is missing or wrong", key),
              "this is a defect of devbox");
}

const Json& member(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) wrong_recipe(key);
  return *found;
}

std::string text_member(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_string()) wrong_recipe(key);
  return value.get<std::string>();
}

std::string word_member(const Json& object, const char* key) {
  std::string text = text_member(object, key);
  if (!is_word(text)) wrong_recipe(key);
  return text;
}

std::vector<host::IdMapLine> map_member(const Json& object, const char* key) {
  auto map = host::parse_map(member(object, key));
  if (!map) wrong_recipe(key);
  return std::move(*map);
}

constexpr std::string_view kFetching = "fetching packages";

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    if (end > at) words.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::uint64_t number_in(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string exact(const Package& package) {
  return fmt::format("{}:{}={}", package.name, package.architecture, package.version);
}

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

// Asked before anything is installed, so that a package that has moved is told within seconds. A
// locked version goes before every other, even an older one before a newer (apt_preferences(5),
// "How APT Interprets Priorities": above 1000).
std::string setup_script(const Recipe& recipe, std::string_view directory) {
  std::vector<std::string> wanted;
  std::string preferences;
  for (const Package& package : recipe.locked) {
    wanted.push_back(fmt::format("{}={}", package.name, package.version));
    preferences += fmt::format("Package: {}\nPin: version {}\nPin-Priority: 1001\n\n", package.name,
                               package.version);
  }
  return fmt::format(
      "set -e\n"
      "APT_CONFIG=$MMDEBSTRAP_APT_CONFIG\n"
      "export APT_CONFIG\n"
      "echo 'I: running apt-get update...' >&2\n"
      "apt-get -q update --error-on=any >&2\n"
      "apt-cache show {0} >{1}/available 2>/dev/null ||:\n"
      "there=$(awk '/^Package: / {{ p = $2 }} /^Version: / {{ print p, $2 }}' {1}/available |"
      " sort -u | wc -l)\n"
      "[ \"$there\" = {3} ]\n"
      "cat >\"$1/etc/apt/preferences.d/devbox\" <<'END'\n{2}END\n",
      join(wanted, " "), directory, preferences, wanted.size());
}

// The last thing: what the host leaves in the tree goes, and what is in it is listed.
std::string customize_script(std::string_view directory) {
  return fmt::format(
      "set -e\n"
      "rm -f \"$1/etc/apt/preferences.d/devbox\"\n"
      ": >\"$1/etc/resolv.conf\"\n"
      "echo localhost >\"$1/etc/hostname\"\n"
      "dpkg-query --admindir=\"$1/var/lib/dpkg\" -W "
      "-f '${{Package}} ${{Version}} ${{Architecture}}\\n' >{0}/installed\n"
      "APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-cache show "
      "$(sed 's/^\\([^ ]*\\) \\([^ ]*\\) .*/\\1=\\2/' {0}/installed) >{0}/records\n",
      directory);
}

}  // namespace

Recipe parse_recipe(std::string_view json) {
  const std::optional<Json> parsed = parse_json(json);
  if (!parsed || !parsed->is_object()) wrong_recipe("object");
  Recipe recipe{.suite = word_member(*parsed, "suite"),
                .packages = {},
                .architecture = word_member(*parsed, "architecture"),
                .epoch = 0,
                .locked = {},
                .maps = {map_member(*parsed, "uids"), map_member(*parsed, "gids")},
                .user = text_member(*parsed, "user"),
                .home = text_member(*parsed, "home"),
                .log = text_member(*parsed, "log")};
  const Json& epoch = member(*parsed, "epoch");
  if (!epoch.is_number_integer()) wrong_recipe("epoch");
  recipe.epoch = epoch.get<std::int64_t>();
  for (const Json& package : member(*parsed, "packages")) {
    if (!package.is_string() || !is_word(package.get<std::string>())) wrong_recipe("packages");
    recipe.packages.push_back(package.get<std::string>());
  }
  for (const Json& package : member(*parsed, "locked")) {
    recipe.locked.push_back({word_member(package, "name"), word_member(package, "version"),
                             word_member(package, "architecture"), word_member(package, "sha256")});
  }
  return recipe;
}

std::vector<Script> scripts(const Recipe& recipe, std::string_view directory) {
  std::vector<Script> all = {{"customize", customize_script(directory)}};
  if (!recipe.locked.empty()) all.push_back({"setup", setup_script(recipe, directory)});
  return all;
}

std::vector<std::string> arguments(const Recipe& recipe, std::string_view directory) {
  std::vector<std::string> words = {
      "mmdebstrap", "--mode=root", "--variant=minbase", "--format=tar", "--verbose",
      // Mounts in there need more than a user namespace allows; emulation is not ours to set up.
      "--skip=chroot/mount,check/qemu", "--architectures=" + recipe.architecture,
      fmt::format("--customize-hook=sh {}/customize \"$1\"", directory)};
  if (!recipe.locked.empty())
    words.push_back(fmt::format("--setup-hook=sh {}/setup \"$1\"", directory));
  if (!recipe.packages.empty()) words.push_back("--include=" + join(recipe.packages, ","));
  words.push_back(recipe.suite);
  words.emplace_back("-");
  return words;
}

std::vector<std::string> simulation(const Recipe& recipe) {
  std::vector<std::string> words = {"mmdebstrap",
                                    "--simulate",
                                    "--mode=root",
                                    "--verbose",
                                    "--format=tar",
                                    "--variant=minbase",
                                    "--skip=chroot/mount,check/qemu",
                                    "--architectures=" + recipe.architecture};
  if (!recipe.packages.empty()) words.push_back("--include=" + join(recipe.packages, ","));
  words.push_back(recipe.suite);
  words.emplace_back("-");
  return words;
}

std::optional<Package> parse_simulated(std::string_view line) {
  constexpr std::string_view kInstall = "Inst ";
  if (!line.starts_with(kInstall)) return std::nullopt;
  line.remove_prefix(kInstall.size());
  const std::size_t open = line.find(" (");
  const std::size_t close = line.find("])", open);
  if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
  const std::string_view name = line.substr(0, line.find(' '));
  const std::string_view inner = line.substr(open + 2, close - open - 2);
  const std::string_view version = inner.substr(0, inner.find(' '));
  const std::string_view architecture = inner.substr(inner.rfind('[') + 1);
  if (!is_word(name) || !is_word(version) || !is_word(architecture)) return std::nullopt;
  // Of another architecture than apt's own the name has it behind a colon.
  return Package{std::string(name.substr(0, name.find(':'))),
                 std::string(version),
                 std::string(architecture),
                 {}};
}

std::vector<Package> parse_records(std::string_view text) {
  std::vector<Package> packages;
  Package package;
  const auto end_record = [&] {
    if (!package.name.empty()) packages.push_back(std::exchange(package, {}));
  };
  const auto take = [](std::string_view line, std::string_view field, std::string& to) {
    if (line.starts_with(field)) to = line.substr(field.size());
  };
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) end_record();
    take(line, "Package: ", package.name);
    take(line, "Version: ", package.version);
    take(line, "Architecture: ", package.architecture);
    take(line, "SHA256: ", package.sha256);
  }
  end_record();
  return packages;
}

std::vector<Package> parse_packages(std::string_view installed, std::string_view records) {
  std::map<std::string, std::string> digests;  // by the exact version
  for (const Package& record : parse_records(records)) digests[exact(record)] = record.sha256;
  std::vector<Package> packages;
  while (!installed.empty()) {
    const std::vector<std::string_view> words = words_of(take_line(installed));
    if (words.empty()) continue;
    if (words.size() != 3 || !std::all_of(words.begin(), words.end(), is_word))
      throw Error("dpkg-query listed the packages in a way that is not known", {});
    Package package{std::string(words[0]), std::string(words[1]), std::string(words[2]), {}};
    const auto digest = digests.find(exact(package));
    if (digest == digests.end() || digest->second.size() != 64 || !is_word(digest->second)) {
      throw Error(
          fmt::format("apt has no SHA-256 of the package {} {}", package.name, package.version),
          "the archive's index must have one for every package");
    }
    package.sha256 = digest->second;
    packages.push_back(std::move(package));
  }
  std::sort(packages.begin(), packages.end(), [](const Package& a, const Package& b) {
    return std::tie(a.name, a.architecture) < std::tie(b.name, b.architecture);
  });
  return packages;
}

std::vector<std::string> moved(const std::vector<Package>& locked,
                               const std::vector<Package>& found) {
  const auto key = [](const Package& p) { return p.name + ":" + p.architecture; };
  std::map<std::string, std::pair<const Package*, const Package*>> both;
  for (const Package& package : locked) both[key(package)].first = &package;
  for (const Package& package : found) both[key(package)].second = &package;
  std::vector<std::string> lines;
  for (const auto& [name, pair] : both) {
    const auto& [before, now] = pair;
    if (now == nullptr) {
      lines.push_back(fmt::format("{} {} is gone", before->name, before->version));
    } else if (before == nullptr) {
      lines.push_back(fmt::format("{} {} is new", now->name, now->version));
    } else if (before->version != now->version) {
      lines.push_back(fmt::format("{} {} is now {}", now->name, before->version, now->version));
    } else if (before->sha256 != now->sha256) {
      lines.push_back(fmt::format("{} {} has other bytes: sha256:{} was locked, sha256:{} is there",
                                  now->name, now->version, before->sha256, now->sha256));
    }
  }
  return lines;
}

bool Building::enter(std::string_view doing) {
  state_ = {.doing = std::string(doing), .done = 0, .total = to_install_, .bytes = {}};
  return true;
}

bool Building::count(std::string_view doing, std::uint64_t& done) {
  if (state_.doing != doing) enter(doing);
  state_.done = ++done;
  return true;
}

bool Building::add(std::string_view line) {
  constexpr std::string_view kNewly = " newly installed";
  constexpr std::string_view kNeed = "Need to get ";
  if (line.starts_with("E: ") || line.starts_with("dpkg: error")) complain(line);
  // "0 upgraded, 69 newly installed, …" comes before "Need to get 29.7 MB of archives."
  if (const std::size_t end = line.find(kNewly); end != std::string_view::npos) {
    to_install_ = number_in(line.substr(line.substr(0, end).rfind(' ') + 1));
    fetched_ = unpacked_ = set_up_ = 0;
  }
  if (line.starts_with("I: running apt-get update")) {
    to_install_ = 0;
    return enter("fetching the package lists");
  }
  if (line.starts_with(kNeed)) {
    enter(kFetching);
    line.remove_prefix(kNeed.size());
    state_.bytes = line.substr(0, line.find(" of archives"));
    return true;
  }
  if (line.starts_with("Get:") && state_.doing == kFetching) return count(kFetching, fetched_);
  if (line.starts_with("Unpacking ")) return count("unpacking packages", unpacked_);
  if (line.starts_with("Setting up ")) return count("setting up packages", set_up_);
  if (!line.starts_with("I: creating tarball")) return false;
  to_install_ = 0;
  return enter("packing");
}

// The first are the cause, and the last are of whoever had it run.
void Building::complain(std::string_view line) {
  constexpr std::size_t kMost = 400;
  if (complaint_.empty()) {
    complaint_ = line.substr(0, kMost);
    if (line.size() > kMost) complaint_ += "…";
  } else if (complaint_.size() + line.size() <= kMost) {
    complaint_ += fmt::format("; {}", line);
  }
}

}  // namespace devbox::image
