#include "scope/program/connection.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <vector>

#include "util/fd.hpp"

namespace devbox::scope {
namespace {

constexpr const char* kBusName = "org.freedesktop.DBus";

// A D-Bus error that is freed; its text is whoever's who answered.
class BusError {
 public:
  BusError() = default;
  ~BusError() { sd_bus_error_free(&error_); }
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;

  sd_bus_error* get() { return &error_; }
  bool is(const char* name) const { return sd_bus_error_has_name(&error_, name) > 0; }
  std::string text() const {
    const std::string name = error_.name != nullptr ? error_.name : "no name";
    return error_.message != nullptr ? name + ": " + error_.message : name;
  }

 private:
  sd_bus_error error_{};
};

struct Place {
  enum class Kind { manager, session_bus } kind;
  std::string address;
};

// A value of a D-Bus address (D-Bus specification, "Server Addresses").
std::string escaped(const std::string& path) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/.\\*";
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string value;
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      value += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    value += '%';
    value += kDigits[byte >> 4];
    value += kDigits[byte & 15];
  }
  return value;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::vector<Place> places() {
  const std::string runtime = variable("XDG_RUNTIME_DIR");
  const std::string bus = variable("DBUS_SESSION_BUS_ADDRESS");
  std::vector<Place> found;
  if (!runtime.empty())
    found.push_back({Place::Kind::manager, "unix:path=" + escaped(runtime + "/systemd/private")});
  if (!bus.empty())
    found.push_back({Place::Kind::session_bus, bus});
  else if (!runtime.empty())
    found.push_back({Place::Kind::session_bus, "unix:path=" + escaped(runtime + "/bus")});
  return found;
}

std::optional<ucred> peer_of(sd_bus* bus) {
  const int fd = sd_bus_get_fd(bus);
  ucred peer{};
  socklen_t size = sizeof peer;
  if (fd < 0 || ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer;
}

// The kernel translates a peer's pid into our namespace and gives 0 where it is not in that or
// below (unix(7), SO_PEERCRED). Below: it has more than one number there, and the first is that of
// our /proc (proc(5), NSpid). Where /proc hides the process, that much must do.
bool numbers_as_we_do(std::uint32_t pid) {
  if (pid == 0) return false;
  const Fd file(::open(("/proc/" + std::to_string(pid) + "/status").c_str(), O_RDONLY | O_CLOEXEC));
  char text[4096];  // the line is among the first 15 of some 60
  const ssize_t length = file ? ::read(file.get(), text, sizeof text) : -1;
  if (length < 0) return true;
  constexpr std::string_view kField = "\nNSpid:\t";
  const std::string_view status(text, static_cast<std::size_t>(length));
  const std::size_t at = status.find(kField);
  if (at == std::string_view::npos) return true;
  const std::string_view numbers = status.substr(at + kField.size());
  return numbers.substr(0, numbers.find('\n')).find('\t') == std::string_view::npos;
}

[[noreturn]] void refuse_namespace(const std::string& address) {
  throw Failure{Status::other_namespace,
                "the systemd manager at " + address + " is in another pid namespace"};
}

// Connected, not yet authenticated: nothing has been said. Or why this place will not do.
struct Opened {
  Bus bus;
  std::string why_not;
};

Opened open(const Place& place) {
  sd_bus* made = nullptr;
  expect(sd_bus_new(&made), "make a connection");
  Bus bus(made);
  const auto failed = [&](int result) { return Opened{{}, std::strerror(-result)}; };
  if (const int result = sd_bus_set_address(made, place.address.c_str()); result < 0)
    return failed(result);
  if (place.kind == Place::Kind::session_bus)
    expect(sd_bus_set_bus_client(made, 1), "be a client of a bus");
  // end_after says how long all of it may take.
  expect(sd_bus_set_method_call_timeout(made, UINT64_MAX), "set a timeout");
  if (const int result = sd_bus_start(made); result < 0) return failed(result);
  const auto peer = peer_of(made);
  if (!peer) return {{}, "it does not say whose it is"};
  if (peer->uid != 0 && peer->uid != ::geteuid())
    return {{}, "it belongs to uid " + std::to_string(peer->uid)};
  if (!numbers_as_we_do(static_cast<std::uint32_t>(peer->pid))) refuse_namespace(place.address);
  return {std::move(bus), {}};
}

// An error of the other side leaves the connection as it was.
Failure failed_call(sd_bus* bus, int result, const BusError& error) {
  return sd_bus_is_ready(bus) > 0 ? Failure{Status::refused, error.text()} : lost(result);
}

// Asked by pid, before anything is asked of it: a call to a name that nobody has would have the bus
// try to start it. Nothing where a manager is there.
std::optional<std::string> no_manager_on(sd_bus* bus, const std::string& address) {
  BusError error;
  sd_bus_message* answer = nullptr;
  const int result =
      sd_bus_call_method(bus, kBusName, "/org/freedesktop/DBus", kBusName,
                         "GetConnectionUnixProcessID", error.get(), &answer, "s", kManagerName);
  const Message reply(answer);
  if (error.is("org.freedesktop.DBus.Error.NameHasNoOwner"))
    return std::string(kManagerName) + " is not on that bus";
  // The bus does not see the process either.
  if (error.is("org.freedesktop.DBus.Error.UnixProcessIdUnknown")) refuse_namespace(address);
  if (result < 0) throw failed_call(bus, result, error);
  std::uint32_t pid = 0;
  if (sd_bus_message_read(reply.get(), "u", &pid) < 0 || !numbers_as_we_do(pid))
    refuse_namespace(address);
  return std::nullopt;
}

}  // namespace

void expect(int result, const char* doing) {
  if (result < 0)
    throw Failure{Status::usage, std::string("cannot ") + doing + ": " + std::strerror(-result)};
}

Failure lost(int result) {
  return {Status::lost, std::string("the connection ended: ") + std::strerror(-result)};
}

Bus connect_to_manager() {
  std::string reasons;
  for (const Place& place : places()) {
    Opened opened = open(place);
    if (opened.bus && place.kind == Place::Kind::session_bus)
      opened.why_not = no_manager_on(opened.bus.get(), place.address).value_or("");
    if (opened.bus && opened.why_not.empty()) return std::move(opened.bus);
    reasons += (reasons.empty() ? "" : "; ") + place.address + ": " + opened.why_not;
  }
  if (reasons.empty()) reasons = "neither XDG_RUNTIME_DIR nor DBUS_SESSION_BUS_ADDRESS is set";
  throw Failure{Status::no_manager, reasons};
}

Message call(sd_bus* bus, sd_bus_message* message) {
  BusError error;
  sd_bus_message* answer = nullptr;
  const int result = sd_bus_call(bus, message, 0, error.get(), &answer);
  Message reply(answer);
  if (result >= 0) return reply;
  throw failed_call(bus, result, error);
}

}  // namespace devbox::scope
