#include <string_view>

#include "host/capture.hpp"
#include "host/files.hpp"
#include "host/reach.hpp"
#include "util/path.hpp"

namespace devbox::host {
namespace {

constexpr std::size_t kLongestKey = 16384;  // of RSA with 16384 bits: 3 KB

// The text up to the next NUL, which is taken off with it.
std::string_view up_to_nul(std::string_view& text) {
  const std::size_t size = text.find('\0');
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size == std::string_view::npos ? text.size() : size + 1);
  return taken;
}

// The public key that a file of ssh-keygen(1) holds: its first two words; empty where it is none.
// A private key is never read: beside it lies the public one.
std::string public_key(std::string path) {
  if (!path.ends_with(".pub")) path += ".pub";
  const Contents read = contents(path.c_str(), kLongestKey);
  std::string_view text = read.bytes;
  text = text.substr(0, text.find('\n'));
  const bool is_key = read.ok() && (text.starts_with("ssh-") || text.starts_with("ecdsa-") ||
                                    text.starts_with("sk-"));
  const std::size_t first = text.find(' ');
  if (!is_key || first == std::string_view::npos) return "";
  return std::string(text.substr(0, text.find(' ', first + 1)));
}

bool is_literal(std::string_view key) {
  return key.starts_with("key::") || key.starts_with("ssh-");
}

// git-config(1), user.signingKey: with gpg.format ssh a key's text, or the path of a file, which
// the box does not have.
void bring_key(std::map<std::string, std::string>& values, const std::string& home) {
  const auto format = values.find("gpg.format");
  const auto key = values.find("user.signingkey");
  const bool is_ssh = format != values.end() && format->second == "ssh";
  if (!is_ssh || key == values.end() || is_literal(key->second)) return;
  const std::string& path = key->second;
  const std::string text =
      public_key(path.starts_with("~/") ? path::join(home, path.substr(2)) : path);
  if (text.empty()) {
    values.erase(key);
  } else {
    key->second = "key::" + text;
  }
}

}  // namespace

std::map<std::string, std::string> parse_git_config(std::string_view output) {
  std::map<std::string, std::string> values;
  while (!output.empty()) {
    const std::string_view scope = up_to_nul(output);
    const std::string_view entry = up_to_nul(output);
    const std::size_t line = entry.find('\n');
    if (line == std::string_view::npos || scope == "local" || scope == "worktree") continue;
    values.insert_or_assign(std::string(entry.substr(0, line)),
                            std::string(entry.substr(line + 1)));
  }
  return values;
}

GitIdentity git_identity(const std::string& directory, const std::string& home) {
  const auto said = capture({"git", "-C", directory, "config", "--includes", "--show-scope", "-z",
                             "--get-regexp", "^(user\\.(name|email|signingkey)|gpg\\.format)$"});
  GitIdentity identity;
  identity.has_git = said.has_value();
  if (!said || !said->succeeded) return identity;  // 1: none of them is set
  identity.values = parse_git_config(said->output);
  bring_key(identity.values, home);
  return identity;
}

}  // namespace devbox::host
