#include "rules.hpp"

#include <algorithm>
#include <optional>
#include <regex>
#include <sstream>
#include <string_view>

namespace devbox::architecture {
namespace {

using Folders = std::set<std::string>;

// The folders whose results are functions of values: they cannot even name a system call.
const Folders kPure = {"profile", "plan"};

// A name that ends in "/" stands for every header below it.
const Folders kSystemHeaders = {
    "arpa/",     "asm/",      "asm-generic/", "bits/",    "dirent.h", "dlfcn.h",  "fcntl.h",
    "grp.h",     "linux/",    "mntent.h",     "net/",     "netdb.h",  "netinet/", "poll.h",
    "pthread.h", "pty.h",     "pwd.h",        "sched.h",  "signal.h", "spawn.h",  "sys/",
    "syscall.h", "termios.h", "ucontext.h",   "unistd.h", "utmp.h",   "utmpx.h",  "wait.h",
};

struct ThirdParty {
  std::string_view header;  // as above
  Folders folders;          // that may include it
};

const ThirdParty kThirdParty[] = {
    {"toml++/", {"profile"}},
    {"CLI/", {"cli"}},
    {"sys/capability.h", {"kernel"}},
    {"seccomp.h", {"kernel"}},
    {"sha1.h", {"store"}},
    {"sha2.h", {"store"}},
    {"sha256.h", {"store"}},
    {"nlohmann/", {"util"}},
    {"archive.h", {"image"}},
    {"archive_entry.h", {"image"}},
    {"curl/", {"image"}},
    {"openssl/", {"image"}},
    {"isa-l/", {"image"}},
    {"zstd.h", {"image"}},
    {"systemd/", {"scope"}},
    {"doctest/", {}},
    {"doctest.h", {}},
    // kernel/ allocates nothing and init/ has no library at all.
    {"fmt/",
     {"build", "cli", "commands", "editor", "host", "image", "launch", "main", "plan", "profile",
      "store", "util"}},
};

bool covers(std::string_view rule, std::string_view header) {
  return rule.ends_with('/') ? header.starts_with(rule) : header == rule;
}

std::string first_component(const std::string& path) { return path.substr(0, path.find('/')); }

// "host" of src/host/probe.cpp, "main" of src/main.cpp, nothing of what is not C++ below src/.
std::optional<std::string> folder_of(const std::string& path) {
  static const std::regex pattern(R"(src/(.+)\.(cpp|hpp|c|h|inc))");
  std::smatch match;
  if (!std::regex_match(path, match, pattern)) return std::nullopt;
  return first_component(match[1]);
}

struct Include {
  std::size_t line;
  std::string header;  // empty where it is a macro
};

std::vector<Include> includes_of(const std::string& text) {
  static const std::regex pattern(R"(\s*#\s*include(_next)?\b\s*(?:[<"]([^>"]*)[>"])?.*)");
  std::vector<Include> includes;
  std::istringstream lines(text);
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    if (std::regex_match(line, match, pattern)) includes.push_back({number, match[2]});
  }
  return includes;
}

const ThirdParty* third_party(const std::string& header) {
  const auto* rule = std::find_if(std::begin(kThirdParty), std::end(kThirdParty),
                                  [&](const ThirdParty& t) { return covers(t.header, header); });
  return rule == std::end(kThirdParty) ? nullptr : rule;
}

bool is_system(const std::string& header) {
  return std::any_of(kSystemHeaders.begin(), kSystemHeaders.end(),
                     [&](const std::string& rule) { return covers(rule, header); });
}

// What is wrong with `header` in a file of `folder`; empty where nothing is.
std::string violation(const std::string& header, const std::string& folder, const Arrows& table) {
  if (header.empty()) return "an include whose header cannot be read";
  if (const ThirdParty* rule = third_party(header))
    return rule->folders.contains(folder) ? "" : header + " is not for " + folder + "/";
  const std::string target = first_component(header);
  if (header.find('/') != std::string::npos && table.contains(target)) {
    const bool allowed = target == folder || table.at(folder).contains(target);
    return allowed ? "" : "no arrow from " + folder + " to " + target;
  }
  if (header.starts_with("devbox") || header.starts_with('.') || header.ends_with(".hpp") ||
      header.ends_with(".inc"))
    return header + " is not written from src/, or is in no folder of the table";
  if (kPure.contains(folder) && is_system(header))
    return header + " is a system header, and " + folder + "/ is pure";
  return "";
}

// target_link_libraries of every target: the devbox libraries that it names, and nothing else.
std::map<std::string, Folders> links_of(const std::vector<File>& files, Lines& violations) {
  static const std::regex comment("#[^\n]*");
  static const std::regex command(R"(\btarget_link_libraries\s*\(\s*([^\s)]+)([^)]*)\))",
                                  std::regex::icase);
  static const std::regex library(R"(\bdevbox_([A-Za-z0-9]+))");
  std::map<std::string, Folders> links;
  for (const File& file : files) {
    const std::string text = std::regex_replace(file.text, comment, "");
    for (std::sregex_iterator it(text.begin(), text.end(), command), end; it != end; ++it) {
      const std::string target = (*it)[1];
      const std::string names = (*it)[2];
      if (target ==
          "devbox_${folder}") {  // the function that makes every library links flags alone
        if (std::regex_search(names, library))
          violations.push_back(file.path + ": a folder is linked to every library");
        continue;
      }
      Folders& found = links[target];
      for (std::sregex_iterator name(names.begin(), names.end(), library); name != end; ++name)
        found.insert((*name)[1]);
    }
  }
  return links;
}

std::string target_of(const std::string& folder) {
  return folder == "main" ? "devbox" : "devbox_" + folder;
}

void compare(const std::string& folder, const Folders& expected, const Folders& found,
             Lines& violations) {
  for (const std::string& to : expected)
    if (!found.contains(to))
      violations.push_back(target_of(folder) + " does not link " + target_of(to));
  for (const std::string& to : found)
    if (!expected.contains(to))
      violations.push_back(target_of(folder) + " links " + target_of(to) + " without an arrow");
}

// Depth first; `path` is the way from where the search began.
void search_cycles(const Arrows& table, Lines& path, std::set<std::string>& done, Lines& cycles) {
  const std::string folder = path.back();
  const auto entry = table.find(folder);
  if (entry == table.end() || done.contains(folder)) return;
  for (const std::string& to : entry->second) {
    const auto seen = std::find(path.begin(), path.end(), to);
    if (seen != path.end()) {
      std::string text;
      for (auto it = seen; it != path.end(); ++it) text += *it + " → ";
      cycles.push_back(text + to);
      continue;
    }
    path.push_back(to);
    search_cycles(table, path, done, cycles);
    path.pop_back();
  }
  done.insert(folder);
}

// A program of a folder is named for it, "devbox-image", and has its library and what that links.
bool is_program_of(const std::string& target, const Folders& folders) {
  return folders.size() == 1 && target == "devbox-" + *folders.begin();
}

}  // namespace

const Arrows& arrows() {
  static const Arrows table = {
      {"util", {}},
      {"kernel", {}},
      {"init", {"kernel"}},          // the program has no library to link: it uses headers alone
      {"surroundings", {"kernel"}},  // as init: headers alone
      {"profile", {"util"}},
      {"editor", {"util"}},
      {"host", {"kernel", "util"}},
      {"store", {"host", "profile", "kernel", "util"}},
      {"image", {"host", "kernel", "util"}},
      {"plan", {"profile", "host", "store", "util"}},
      {"scope", {"util"}},
      {"launch", {"plan", "host", "store", "kernel", "init", "scope", "util"}},
      {"cli", {"profile", "util"}},
      {"build", {"launch", "plan", "store", "host", "profile", "kernel", "surroundings", "util"}},
      {"commands",
       {"build", "surroundings", "cli", "editor", "profile", "host", "store", "plan", "launch",
        "util"}},
      {"main", {"cli", "commands", "util"}},
  };
  return table;
}

Lines cycles(const Arrows& table) {
  Lines found;
  std::set<std::string> done;
  for (const auto& [folder, targets] : table) {
    Lines path = {folder};
    search_cycles(table, path, done, found);
  }
  return found;
}

Lines include_violations(const std::vector<File>& files, const Arrows& table) {
  Lines violations;
  for (const File& file : files) {
    const auto folder = folder_of(file.path);
    if (!folder) continue;
    if (!table.contains(*folder)) {
      violations.push_back(file.path + ": the table has no folder " + *folder);
      continue;
    }
    for (const Include& include : includes_of(file.text)) {
      const std::string wrong = violation(include.header, *folder, table);
      if (!wrong.empty())
        violations.push_back(file.path + ":" + std::to_string(include.line) + ": " + wrong);
    }
  }
  return violations;
}

Lines link_violations(const std::vector<File>& files, const Arrows& table) {
  Lines violations;
  std::map<std::string, Folders> links = links_of(files, violations);
  for (const auto& [folder, expected] : table) {
    compare(folder, expected, links[target_of(folder)], violations);
    links.erase(target_of(folder));
  }
  for (const auto& [target, folders] : links)
    if (!folders.empty() && !is_program_of(target, folders))
      violations.push_back(target + " links devbox libraries and is in no table");
  return violations;
}

Lines length_violations(const std::vector<File>& files, std::size_t most_lines) {
  Lines violations;
  for (const File& file : files) {
    if (!folder_of(file.path)) continue;
    const auto lines =
        static_cast<std::size_t>(std::count(file.text.begin(), file.text.end(), '\n'));
    if (lines > most_lines)
      violations.push_back(file.path + ": " + std::to_string(lines) + " lines, at most " +
                           std::to_string(most_lines));
  }
  return violations;
}

}  // namespace devbox::architecture
