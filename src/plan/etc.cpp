// The files of /etc that say who and where one is.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

#include "plan/parts.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

// passwd(5), group(5): fields between colons; a line break in one would be a line of its own.
std::string field(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c != ':' && c != '\n') out += c;
  }
  return out;
}

// Takes what stands before the next `end`, and that, off `text`.
std::string_view up_to(std::string_view& text, char end) {
  const std::size_t size = text.find(end);
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size == std::string_view::npos ? text.size() : size + 1);
  return taken;
}

// `of_image` without the lines whose name or third field (the id) is that one.
std::string without(const std::string& of_image, std::string_view name, std::string_view id) {
  std::string out;
  out.reserve(of_image.size() + 1);
  std::string_view rest = of_image;
  while (!rest.empty()) {
    const std::string_view line = up_to(rest, '\n');
    std::string_view fields = line;
    const std::string_view line_name = up_to(fields, ':');
    up_to(fields, ':');  // the password
    const std::string_view line_id = up_to(fields, ':');
    if (line.empty() || line_name == name || line_id == id) continue;
    out.append(line).push_back('\n');
  }
  return out;
}

// The fields of the line whose first field is `name`, or whose third is it; none where there is
// none.
std::vector<std::string> line_of(const std::string& text, const std::string& name,
                                 std::size_t field) {
  for (const std::string& line : split(text, '\n')) {
    std::vector<std::string> fields = split(line, ':');
    if (fields.size() > 3 && fields[field] == name) return fields;
  }
  return {};
}

std::optional<std::uint32_t> id_of(const std::string& text) {
  std::uint32_t id = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), id);
  // The last is no id (chown(2), DESCRIPTION).
  const bool whole = err == std::errc() && end == text.data() + text.size() && !text.empty();
  return whole && id != UINT32_MAX ? std::optional(id) : std::nullopt;
}

bool has_name(const std::string& text, const std::string& name) {
  return text.starts_with(name + ":") || text.find("\n" + name + ":") != std::string::npos;
}

constexpr const char* kOverflowId = "65534";

}  // namespace

std::optional<InsideUser> image_user(const std::string& user, const std::string& passwd,
                                     const std::string& group) {
  const std::size_t colon = user.find(':');
  const std::string name = user.substr(0, colon);
  const std::optional<std::uint32_t> number = id_of(name);
  const std::vector<std::string> account = line_of(passwd, name, number ? 2 : 0);
  const std::optional<std::uint32_t> uid = number || account.empty() ? number : id_of(account[2]);
  if (!uid) return std::nullopt;
  std::optional<std::uint32_t> gid = 0;  // of a number that no line has, as docker does
  if (colon != std::string::npos) {
    const std::string wanted = user.substr(colon + 1);
    gid = id_of(wanted);
    const std::vector<std::string> line = line_of(group, wanted, 0);
    if (!gid && !line.empty()) gid = id_of(line[2]);
  } else if (!account.empty()) {
    gid = id_of(account[3]);
  }
  if (!gid) return std::nullopt;
  return InsideUser{*uid, *gid};
}

std::string passwd_text(const std::string& of_image, const host::Host& host, const Ids& ids,
                        const std::string& shell) {
  const std::string user = ids.uid == 0 ? "root" : field(host.user);
  std::string text =
      fmt::format("{}:x:{}:{}::{}:{}\n", user, ids.uid, ids.gid, field(host.home), field(shell));
  text += without(of_image, user, std::to_string(ids.uid));
  if (!has_name(text, "root")) text += "root:x:0:0:root:/root:/bin/sh\n";
  if (!has_name(text, "nobody"))
    text += fmt::format("nobody:x:{0}:{0}:nobody:/nonexistent:/usr/sbin/nologin\n", kOverflowId);
  return text;
}

std::string group_text(const std::string& of_image, const host::Host& host, const Ids& ids) {
  const std::string group = ids.gid == 0 ? "root" : field(host.group);
  std::string text = fmt::format("{}:x:{}:\n", group, ids.gid);
  text += without(of_image, group, std::to_string(ids.gid));
  if (!has_name(text, "root")) text += "root:x:0:\n";
  // What every supplementary group of the user reads as, not being mapped.
  if (!has_name(text, "nogroup")) text += fmt::format("nogroup:x:{}:\n", kOverflowId);
  return text;
}

std::string hosts_text(const host::Host& host, Network network, const std::string& hostname) {
  std::string text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
  if (network == Network::host && !host.hosts.empty()) {
    text = host.hosts;
    if (text.back() != '\n') text += '\n';
  }
  if (!hostname.empty()) text += fmt::format("127.0.1.1\t{}\n", hostname);
  return text;
}

std::string hostname_of(const std::string& name) {
  constexpr std::size_t kMostBytes = 63;
  std::string out;
  for (const char c : name) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 && static_cast<unsigned char>(c) < 0x80;
    if (plain) {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  out.resize(std::min(out.size(), kMostBytes));
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "devbox" : out;
}

}  // namespace devbox::plan
