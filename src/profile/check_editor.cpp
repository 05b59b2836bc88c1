#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "profile/checks.hpp"
#include "profile/report.hpp"

namespace devbox::profile {
namespace {

constexpr std::size_t kLongestCommand = 64;

// What a person tells a password, or a key's, without looking which program asks: in a box it would
// be the image's. devbox would start itself.
constexpr std::string_view kNeverShims[] = {
    "sudo",  "sudoedit",  "doas",     "su",    "run0",       "pkexec",    "passwd",
    "login", "ssh",       "scp",      "sftp",  "ssh-add",    "ssh-agent", "gpg",
    "gpg2",  "gpg-agent", "pinentry", "kinit", "cryptsetup", "devbox"};

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("._+-").find(c) != std::string_view::npos;
}

}  // namespace

std::string check_command_name(std::string_view value) {
  const bool good = !value.empty() && value.size() <= kLongestCommand && value.front() != '-' &&
                    value.front() != '.' &&
                    std::all_of(value.begin(), value.end(), is_name_character);
  if (good) return {};
  return fmt::format(" must name programs, such as \"gcc\", not {}", quoted(value));
}

std::string check_shim(std::string_view value) {
  std::string mistake = check_command_name(value);
  if (mistake.empty() &&
      std::find(std::begin(kNeverShims), std::end(kNeverShims), value) != std::end(kNeverShims))
    mistake = fmt::format(" must not name {}: what it is told belongs to the host", quoted(value));
  return mistake;
}

}  // namespace devbox::profile
