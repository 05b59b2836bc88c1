#include "plan/sockets.hpp"

#include <fmt/format.h>

#include <charconv>

#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

// In the runtime directory, unless it is absolute.
std::string in_session(const host::Host& host, const std::string& name) {
  if (name.empty()) return "";
  if (name.front() == '/') return path::normal(name);
  const std::string directory = session_directory(host);
  return directory.empty() ? "" : path::join(directory, name);
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    const bool escaped = text[i] == '%' && i + 2 < text.size() &&
                         std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    out += escaped ? static_cast<char>(byte) : text[i];
    if (escaped) i += 2;
  }
  return out;
}

}  // namespace

std::string variable(const host::Host& host, const std::string& name) {
  const auto found = host.env.find(name);
  return found == host.env.end() ? "" : found->second;
}

std::string session_directory(const host::Host& host) {
  const std::string value = variable(host, "XDG_RUNTIME_DIR");
  return value.starts_with('/') ? path::normal(value) : "";
}

std::string ssh_socket(const host::Host& host) {
  const std::string value = variable(host, "SSH_AUTH_SOCK");
  return value.starts_with('/') ? path::normal(value) : "";
}

std::string wayland_socket(const host::Host& host) {
  return in_session(host, variable(host, "WAYLAND_DISPLAY"));
}

std::string pipewire_socket(const host::Host& host) {
  const std::string remote = variable(host, "PIPEWIRE_REMOTE");
  return in_session(host, remote.empty() ? "pipewire-0" : remote);
}

std::string pulse_socket(const host::Host& host) {
  const std::string server = variable(host, "PULSE_SERVER");
  if (server.empty()) return in_session(host, "pulse/native");
  // "{machine}unix:/path": only of the machine with that id.
  const std::string_view bare =
      std::string_view(server).substr(server.front() == '{' ? server.find('}') + 1 : 0);
  if (bare.starts_with("unix:/")) return path::normal(bare.substr(5));
  return bare.starts_with('/') ? path::normal(bare) : "";
}

std::string bus_path(std::string_view address) {
  for (const std::string& one : split(address, ';')) {
    if (!one.starts_with("unix:")) continue;
    for (const std::string& pair : split(std::string_view(one).substr(5), ',')) {
      if (pair.starts_with("path=/"))
        return path::normal(decoded(std::string_view(pair).substr(5)));
    }
  }
  return "";
}

std::string bus_socket(const host::Host& host) {
  const std::string address = variable(host, "DBUS_SESSION_BUS_ADDRESS");
  return address.empty() ? in_session(host, "bus") : bus_path(address);
}

std::string display_socket(const std::string& number) { return "/tmp/.X11-unix/X" + number; }

std::string cookie_file(const host::Host& host) {
  const std::string file = variable(host, "XAUTHORITY");
  return file.starts_with('/') ? path::normal(file) : path::join(host.home, ".Xauthority");
}

std::string gpg_home(const host::Host& host) {
  const std::string value = variable(host, "GNUPGHOME");
  return value.starts_with('/') ? path::normal(value) : path::join(host.home, ".gnupg");
}

std::vector<std::string> gpg_sockets(const host::Host& host) {
  const std::string home = gpg_home(host);
  std::vector<std::string> sockets;
  // GnuPG asks no variable for it.
  if (home == path::join(host.home, ".gnupg"))
    sockets.push_back(fmt::format("/run/user/{}/gnupg/S.gpg-agent", host.uid));
  sockets.push_back(path::join(home, "S.gpg-agent"));
  return sockets;
}

}  // namespace devbox::plan
