// Where the programs of a session listen, by the variables that say so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/host.hpp"

namespace devbox::plan {

// The value of a variable of the host; empty where it is not set.
std::string variable(const host::Host& host, const std::string& name);

// The user's runtime directory; empty where he has none.
std::string session_directory(const host::Host& host);

// Each is absolute, or empty where nothing says where it is.
std::string ssh_socket(const host::Host& host);       // SSH_AUTH_SOCK
std::string wayland_socket(const host::Host& host);   // WAYLAND_DISPLAY
std::string pipewire_socket(const host::Host& host);  // PIPEWIRE_REMOTE, else pipewire-0
std::string pulse_socket(const host::Host& host);     // PULSE_SERVER, else pulse/native
std::string bus_socket(const host::Host& host);       // DBUS_SESSION_BUS_ADDRESS, else bus

std::string display_socket(const std::string& number);  // of a local X server
std::string cookie_file(const host::Host& host);        // XAUTHORITY, else ~/.Xauthority

// Of the agent's sockets the first that is there counts (gpgconf(1), --list-dirs agent-socket).
std::vector<std::string> gpg_sockets(const host::Host& host);
std::string gpg_home(const host::Host& host);

// The path of the first "unix:path=…" of an address of D-Bus (D-Bus Specification, "Server
// Addresses"), %XX decoded; empty where there is none.
std::string bus_path(std::string_view address);

}  // namespace devbox::plan
