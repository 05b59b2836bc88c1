// Screen, sound and session bus. Each socket alone, by its own name, in the box's own runtime
// directory: the user's holds the sockets of everything else that runs for him.

#include <fmt/format.h>

#include "plan/reaching.hpp"
#include "plan/sockets.hpp"
#include "plan/xauthority.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

void wayland(Reaching& reaching) {
  constexpr auto kKey = Integration::wayland;
  const std::string socket = wayland_socket(reaching.host);
  const bool there =
      reaching.wants(kKey) &&
      reaching.listens(kKey, socket,
                       "WAYLAND_DISPLAY is not set: this is no session of a Wayland compositor");
  if (!there) return;
  const std::string name = path::filename(socket);
  reaching.bring(kKey, socket, name, FileKind::file, "the Wayland compositor's socket");
  reaching.set("WAYLAND_DISPLAY", name);
  const std::string type = variable(reaching.host, "XDG_SESSION_TYPE");
  if (!type.empty()) reaching.set("XDG_SESSION_TYPE", type);
  reaching.hole(kKey, printable(socket));
}

// The cookie in a file of its own: ~/.Xauthority has those of other displays and machines too.
void cookie(Reaching& reaching, const Display& display) {
  const std::string file = cookie_file(reaching.host);
  const auto found = reaching.facts.reach.files.find(file);
  if (found == reaching.facts.reach.files.end()) return;
  const auto cookies =
      cookies_of(parse_xauthority(found->second), display.number, reaching.host.hostname);
  if (cookies.empty()) return;  // the server knows the user by the socket (Xsecurity(7))
  const std::string name = reaching.runtime("Xauthority");
  reaching.write(Integration::x11, name, xauthority_text(cookies), true);
  reaching.set("XAUTHORITY", name);
}

void x11(Reaching& reaching) {
  constexpr auto kKey = Integration::x11;
  if (!reaching.wants(kKey)) return;
  const std::string text = variable(reaching.host, "DISPLAY");
  if (text.empty())
    return reaching.lacks(kKey, "DISPLAY is not set: this is no session of an X server");
  const auto display = parse_display(text);
  if (!display) {
    return reaching.lacks(
        kKey, fmt::format("DISPLAY is {}, which is no display of this machine, nor one that ssh "
                          "forwards to it",
                          printable(text)));
  }
  if (display->is_local) {
    const std::string socket = display_socket(display->number);
    if (!reaching.listens(kKey, socket, "")) return;
    reaching.bring(kKey, socket, socket, FileKind::file, "the X server's socket");
  } else if (reaching.plan.network == Network::none) {
    return reaching.lacks(
        kKey, fmt::format("DISPLAY is {}, a port of the host's network, which the box does not "
                          "have; `network.mode = \"host\"` gives it",
                          printable(text)));
  }
  reaching.set("DISPLAY", text);
  cookie(reaching, *display);
  reaching.hole(kKey, fmt::format("display {}", printable(text)));
}

bool is_open(const Reaching& reaching, const std::string& socket) {
  const auto found = reaching.facts.reach.sockets.find(socket);
  return found != reaching.facts.reach.sockets.end() && found->second == 0;
}

void audio(Reaching& reaching) {
  constexpr auto kKey = Integration::audio;
  if (!reaching.wants(kKey)) return;
  const std::string pipewire = pipewire_socket(reaching.host);
  const std::string pulse = pulse_socket(reaching.host);
  if (is_open(reaching, pipewire)) {
    const std::string name = path::filename(pipewire);
    reaching.bring(kKey, pipewire, name, FileKind::file, "PipeWire's socket");
    if (name != "pipewire-0") reaching.set("PIPEWIRE_REMOTE", name);
    reaching.hole(kKey, printable(pipewire));
  }
  if (is_open(reaching, pulse)) {
    const std::string name = reaching.runtime("pulse/native");
    reaching.bring(kKey, pulse, name, FileKind::file, "PulseAudio's socket");
    reaching.set("PULSE_SERVER", "unix:" + name);
    // /dev/shm is the box's own: what client and server would share is not there.
    const std::string configuration = reaching.runtime("pulse/client.conf");
    reaching.write(kKey, configuration, "enable-shm = no\n");
    reaching.set("PULSE_CLIENTCONFIG", configuration);
    reaching.hole(kKey, printable(pulse));
  }
  if (is_open(reaching, pipewire) || is_open(reaching, pulse)) return;
  const std::string where = session_directory(reaching.host);
  reaching.lacks(
      kKey, where.empty()
                ? "XDG_RUNTIME_DIR is not set, and PULSE_SERVER names no socket"
                : fmt::format("neither PipeWire nor PulseAudio listens in {}", printable(where)));
}

void session_bus(Reaching& reaching) {
  constexpr auto kKey = Integration::dbus;
  const std::string socket = bus_socket(reaching.host);
  const bool there = reaching.wants(kKey) &&
                     reaching.listens(kKey, socket,
                                      "DBUS_SESSION_BUS_ADDRESS names no socket of the file "
                                      "system, and XDG_RUNTIME_DIR is not set");
  if (!there) return;
  reaching.bring(kKey, socket, "bus", FileKind::file, "the session bus");
  reaching.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=" + reaching.runtime("bus"));
  reaching.hole(kKey, printable(socket));
}

void graphics(Reaching& reaching) {
  if (!reaching.wants(Integration::dri)) return;
  const auto found = reaching.facts.paths.find(kGraphics);
  if (found == reaching.facts.paths.end() || found->second.kind != host::NodeKind::directory) {
    return reaching.lacks(
        Integration::dri,
        "the host has no /dev/dri: no graphics processor, or its driver is not loaded");
  }
  reaching.add(Integration::dri, Bind{.source = kGraphics,
                                      .target = kGraphics,
                                      .access = Access::read_write,
                                      .device = true,
                                      .why = "graphics"});
  reaching.hole(Integration::dri, kGraphics);
}

}  // namespace

void reach_desktop(Reaching& reaching) {
  wayland(reaching);
  x11(reaching);
  audio(reaching);
  session_bus(reaching);
  graphics(reaching);
}

}  // namespace devbox::plan
