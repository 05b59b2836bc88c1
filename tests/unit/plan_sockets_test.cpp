#include "plan/sockets.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

host::Host session(std::map<std::string, std::string> env) {
  host::Host host = a_host();
  host.env = std::move(env);
  return host;
}

}  // namespace

TEST_CASE("a path is taken out of an address of D-Bus") {
  CHECK(bus_path("unix:path=/run/user/1000/bus") == "/run/user/1000/bus");
  CHECK(bus_path("unix:guid=0123,path=/tmp/bus") == "/tmp/bus");
  CHECK(bus_path("tcp:host=x;unix:path=/tmp/b%20s") == "/tmp/b s");
  CHECK(bus_path("unix:path=/tmp/100%") == "/tmp/100%");
  CHECK(bus_path("unix:abstract=/tmp/dbus-x").empty());
  CHECK(bus_path("").empty());
}

TEST_CASE("the sockets of a session are where its variables say") {
  const host::Host host = session({{"XDG_RUNTIME_DIR", "/run/user/1000"},
                                   {"WAYLAND_DISPLAY", "wayland-1"},
                                   {"SSH_AUTH_SOCK", "/tmp/ssh-x/agent"}});
  CHECK(ssh_socket(host) == "/tmp/ssh-x/agent");
  CHECK(wayland_socket(host) == "/run/user/1000/wayland-1");
  CHECK(pipewire_socket(host) == "/run/user/1000/pipewire-0");
  CHECK(pulse_socket(host) == "/run/user/1000/pulse/native");
  CHECK(bus_socket(host) == "/run/user/1000/bus");
  CHECK(gpg_sockets(host) == std::vector<std::string>{"/run/user/1000/gnupg/S.gpg-agent",
                                                      "/home/ann/.gnupg/S.gpg-agent"});
  CHECK(cookie_file(host) == "/home/ann/.Xauthority");
}

TEST_CASE("absolute names win, and other machines' are none") {
  const host::Host host = session({{"XDG_RUNTIME_DIR", "/run/user/1000"},
                                   {"WAYLAND_DISPLAY", "/mnt/wslg/wayland-0"},
                                   {"PULSE_SERVER", "{0123}unix:/mnt/wslg/PulseServer"},
                                   {"PIPEWIRE_REMOTE", "other"},
                                   {"GNUPGHOME", "/keys"},
                                   {"XAUTHORITY", "/run/gdm/Xauthority"},
                                   {"SSH_AUTH_SOCK", "relative"}});
  CHECK(wayland_socket(host) == "/mnt/wslg/wayland-0");
  CHECK(pulse_socket(host) == "/mnt/wslg/PulseServer");
  CHECK(pipewire_socket(host) == "/run/user/1000/other");
  CHECK(gpg_sockets(host) == std::vector<std::string>{"/keys/S.gpg-agent"});
  CHECK(cookie_file(host) == "/run/gdm/Xauthority");
  CHECK(ssh_socket(host).empty());
  CHECK(pulse_socket(session({{"PULSE_SERVER", "tcp:hub:4713"}})).empty());
}

TEST_CASE("without a session there is no socket of one") {
  const host::Host host = session({});
  CHECK(wayland_socket(host).empty());
  CHECK(pipewire_socket(host).empty());
  CHECK(pulse_socket(host).empty());
  CHECK(bus_socket(host).empty());
}

}  // namespace devbox::plan
