// The way to the user's systemd manager.
#pragma once

#include <systemd/sd-bus.h>

#include <memory>
#include <string>

#include "scope/program/failure.hpp"

namespace devbox::scope {

struct BusEnd {
  void operator()(sd_bus* bus) const noexcept { sd_bus_flush_close_unref(bus); }
};
using Bus = std::unique_ptr<sd_bus, BusEnd>;

struct MessageEnd {
  void operator()(sd_bus_message* message) const noexcept { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, MessageEnd>;

inline constexpr const char* kManagerName = "org.freedesktop.systemd1";

// Connected to the manager itself, which needs no session bus, or else to the session bus and sure
// that a manager is on it. Whoever listens is the user or root, and numbers processes as we do.
// Throws Failure.
Bus connect_to_manager();

// Sends it and waits for the reply. Throws Failure: `refused` with what the other side says,
// `lost`.
Message call(sd_bus* bus, sd_bus_message* message);

// What sd-bus says in place of an answer.
Failure lost(int result);

// A result of sd-bus where only our own memory or what we were told can be wrong; throws Failure,
// `usage`, that says what was being done.
void expect(int result, const char* doing);

}  // namespace devbox::scope
