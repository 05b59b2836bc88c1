// A systemd manager for tests/e2e/scope.sh, as far as devbox-scope asks one, which behaves as it is
// told. It prints "ready", and then each call that it gets on a line, with the types of variants.
//
//   fake_manager socket PATH HOW    listens there, for one connection
//   fake_manager bus HOW            is org.freedesktop.systemd1 on $DBUS_SESSION_BUS_ADDRESS
//
// HOW:
//   well       answers, after and before signals of others' jobs
//   refuses    every call with an error
//   mute       never authenticates
//   deaf       never answers a call
//   forgetful  never says that the job is done
//   failing    says that the job failed
//   empty      says that the scope has no control group
//   odd        answers with other types
//   closing    closes the connection at the call
//   leaving    closes it after its answer
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr const char* kName = "org.freedesktop.systemd1";
constexpr const char* kPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kOurJob = "/org/freedesktop/systemd1/job/7";

void must(int result, const char* what) {
  if (result >= 0) return;
  std::fprintf(stderr, "fake_manager: %s: %s\n", what, std::strerror(-result));
  std::exit(1);
}

std::string basic(sd_bus_message* message, char type) {
  if (type == 's' || type == 'o') {
    const char* text = nullptr;
    must(sd_bus_message_read_basic(message, type, &text), "read");
    return '"' + std::string(text) + '"';
  }
  std::uint64_t number = 0;  // little-endian: shorter ones are at its beginning
  must(sd_bus_message_read_basic(message, type, &number), "read");
  return std::to_string(number);
}

// What is left of the container that the message is in.
std::string text_of(sd_bus_message* message) {
  std::string text;
  for (;;) {
    char type = 0;
    const char* contents = nullptr;
    const int more = sd_bus_message_peek_type(message, &type, &contents);
    must(more, "peek");
    if (more == 0) return text;
    if (!text.empty()) text += ' ';
    if (std::strchr("avr", type) == nullptr) {
      text += basic(message, type);
      continue;
    }
    const std::string type_of_variant = contents;
    must(sd_bus_message_enter_container(message, type, contents), "enter");
    const std::string inside = text_of(message);
    must(sd_bus_message_exit_container(message), "exit");
    if (type == 'a') text += '[' + inside + ']';
    if (type == 'r') text += '(' + inside + ')';
    if (type == 'v') text += type_of_variant + ' ' + inside;
  }
}

void job_removed(sd_bus* bus, std::uint32_t id, const char* result) {
  const std::string path = "/org/freedesktop/systemd1/job/" + std::to_string(id);
  must(sd_bus_emit_signal(bus, kPath, kManager, "JobRemoved", "uoss", id, path.c_str(),
                          "devbox-x.scope", result),
       "emit");
}

void answer_start(sd_bus* bus, sd_bus_message* call, const std::string& how) {
  job_removed(bus, 6, "failed");
  if (how == "odd")
    must(sd_bus_reply_method_return(call, "u", 7), "answer");
  else
    must(sd_bus_reply_method_return(call, "o", kOurJob), "answer");
  if (how == "leaving") {
    must(sd_bus_flush(bus), "flush");
    std::exit(0);
  }
  job_removed(bus, 8, "canceled");
  if (how != "forgetful") job_removed(bus, 7, how == "failing" ? "failed" : "done");
}

int on_message(sd_bus_message* call, void* userdata, sd_bus_error*) {
  const std::string& how = *static_cast<const std::string*>(userdata);
  std::uint8_t type = 0;
  must(sd_bus_message_get_type(call, &type), "type");
  if (type != SD_BUS_MESSAGE_METHOD_CALL) return 0;
  const std::string member = sd_bus_message_get_member(call);
  std::printf("%s %s: %s\n", sd_bus_message_get_path(call), member.c_str(), text_of(call).c_str());
  std::fflush(stdout);
  if (how == "closing") std::exit(0);
  if (how == "deaf") return 1;
  if (how == "refuses") {
    must(sd_bus_reply_method_errorf(call, "org.freedesktop.systemd1.UnitExists",
                                    "Unit devbox-x.scope\nis \x1b[31mthere."),
         "answer");
  } else if (member == "StartTransientUnit") {
    answer_start(sd_bus_message_get_bus(call), call, how);
  } else if (member == "Get") {
    must(sd_bus_reply_method_return(call, "v", "s", how == "empty" ? "" : "/user/devbox-x.scope"),
         "answer");
  } else {
    must(sd_bus_reply_method_return(call, nullptr), "answer");
  }
  return 1;
}

void ready() {
  std::puts("ready");
  std::fflush(stdout);
}

sd_bus* one_connection(const char* path, const std::string& how) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listening, 1) != 0)
    must(-errno, path);
  ready();
  const int fd = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) must(-errno, "accept");
  if (how == "mute") ::pause();
  sd_bus* bus = nullptr;
  must(sd_bus_new(&bus), "new");
  must(sd_bus_set_fd(bus, fd, fd), "fd");
  must(sd_bus_set_server(bus, 1, sd_id128_t{{1}}), "server");
  must(sd_bus_start(bus), "start");
  return bus;
}

sd_bus* on_the_bus() {
  sd_bus* bus = nullptr;
  must(sd_bus_open_user(&bus), "open");
  must(sd_bus_request_name(bus, kName, 0), "name");
  ready();
  return bus;
}

}  // namespace

int main(int argc, char** argv) {
  const bool on_socket = argc == 4 && std::strcmp(argv[1], "socket") == 0;
  if (!on_socket && !(argc == 3 && std::strcmp(argv[1], "bus") == 0)) return 2;
  std::string how = argv[argc - 1];
  sd_bus* bus = on_socket ? one_connection(argv[2], how) : on_the_bus();
  must(sd_bus_add_filter(bus, nullptr, on_message, &how), "filter");
  for (;;) {
    int result = sd_bus_process(bus, nullptr);
    if (result == 0) result = sd_bus_wait(bus, UINT64_MAX);
    if (result < 0) return 0;  // the client is gone
  }
}
