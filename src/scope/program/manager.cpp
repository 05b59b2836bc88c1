#include "scope/program/manager.hpp"

#include <cerrno>
#include <cstdlib>
#include <map>
#include <variant>

#include "scope/program/deadline.hpp"

namespace devbox::scope {
namespace {

constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";

// The value of a variant, with its type.
struct Append {
  sd_bus_message* message;
  const char* name;

  int operator()(bool value) const {
    return sd_bus_message_append(message, "(sv)", name, "b", value ? 1 : 0);
  }
  int operator()(std::uint64_t value) const {
    return sd_bus_message_append(message, "(sv)", name, "t", value);
  }
  int operator()(const DeviceLimit& limit) const {
    return sd_bus_message_append(message, "(sv)", name, "a(st)", 1, limit.path.c_str(), limit.most);
  }
  int operator()(const Bytes& bytes) const {
    int result = sd_bus_message_open_container(message, 'r', "sv");
    if (result >= 0) result = sd_bus_message_append(message, "s", name);
    if (result >= 0) result = sd_bus_message_open_container(message, 'v', "ay");
    if (result >= 0) result = sd_bus_message_append_array(message, 'y', bytes.data(), bytes.size());
    if (result >= 0) result = sd_bus_message_close_container(message);
    return result < 0 ? result : sd_bus_message_close_container(message);
  }
};

void append(sd_bus_message* message, const std::vector<Property>& properties) {
  for (const Property& property : properties)
    expect(std::visit(Append{message, property.name.c_str()}, property.value),
           "write a property down");
}

Message method(sd_bus* bus, const char* member) {
  sd_bus_message* made = nullptr;
  expect(sd_bus_message_new_method_call(bus, &made, kManagerName, kManagerPath, kManager, member),
         "make a call");
  return Message(made);
}

Message start_call(sd_bus* bus, const Scope& scope) {
  Message made = method(bus, "StartTransientUnit");
  sd_bus_message* message = made.get();
  // "fail": where a unit of that name is about to stop, it is not waited for.
  expect(sd_bus_message_append(message, "ss", scope.unit.c_str(), "fail"), "name the unit");
  expect(sd_bus_message_open_container(message, 'a', "(sv)"), "write properties down");
  expect(sd_bus_message_append(message, "(sv)", "Description", "s", scope.description.c_str()),
         "describe the unit");
  expect(sd_bus_message_append(message, "(sv)(sv)(sv)", "PIDs", "au", 1, scope.pid, "Delegate", "b",
                               1, "CollectMode", "s", "inactive-or-failed"),
         "write properties down");
  append(message, scope.properties);
  expect(sd_bus_message_close_container(message), "write properties down");
  expect(sd_bus_message_append(message, "a(sa(sv))", 0), "name no other units");
  return made;
}

// Results of jobs that have ended, by their paths: also of those that others asked for.
using Ended = std::map<std::string, std::string>;

int job_removed(sd_bus_message* signal, void* ended, sd_bus_error*) {
  std::uint32_t id = 0;
  const char* path = nullptr;
  const char* unit = nullptr;
  const char* result = nullptr;
  const int read = sd_bus_message_read(signal, "uoss", &id, &path, &unit, &result);
  if (read < 0) return read;
  static_cast<Ended*>(ended)->insert_or_assign(path, result);
  return 0;
}

struct SlotEnd {
  void operator()(sd_bus_slot* slot) const noexcept { sd_bus_slot_unref(slot); }
};
using Slot = std::unique_ptr<sd_bus_slot, SlotEnd>;

// Subscribe() is not called for it: the manager sends a job's signals to all who are connected
// directly, and on a bus also where the one who asked for the job is alone there (bus_foreach_bus
// and bus_job_track_sender in systemd's src/core). A direct connection has no senders' names.
Slot listen_for_ended(Ended& ended, sd_bus* bus) {
  sd_bus_slot* made = nullptr;
  const int is_client = sd_bus_is_bus_client(bus);
  const int result = sd_bus_match_signal(bus, &made, is_client > 0 ? kManagerName : nullptr,
                                         kManagerPath, kManager, "JobRemoved", job_removed, &ended);
  if (result < 0) throw lost(result);
  return Slot(made);
}

// Takes what comes until `done` says so. A manager that tells of the jobs of others is busy, and
// does not hang: a hundred boxes may start at once.
template <class Done>
void process_until(sd_bus* bus, Done done) {
  while (!done()) {
    int result = sd_bus_process(bus, nullptr);
    if (result > 0) heard_something();
    if (result == 0) result = sd_bus_wait(bus, UINT64_MAX);
    if (result < 0 && result != -EINTR) throw lost(result);
  }
}

int keep_reply(sd_bus_message* reply, void* kept, sd_bus_error*) {
  static_cast<Message*>(kept)->reset(sd_bus_message_ref(reply));
  return 0;
}

// As `call`, for as long as something comes.
Message call_patiently(sd_bus* bus, sd_bus_message* question) {
  Message reply;
  sd_bus_slot* made = nullptr;
  const int sent = sd_bus_call_async(bus, &made, question, keep_reply, &reply, UINT64_MAX);
  if (sent < 0) throw lost(sent);
  const Slot slot(made);
  process_until(bus, [&] { return reply != nullptr; });
  const sd_bus_error* error = sd_bus_message_get_error(reply.get());
  if (error == nullptr) return reply;
  if (sd_bus_is_ready(bus) <= 0) throw lost(-ECONNRESET);  // the error is sd-bus's own
  const char* says = error->message == nullptr ? "" : error->message;
  throw Failure{Status::refused, std::string(error->name) + ": " + says};
}

std::string object_of(const std::string& unit) {
  char* encoded = nullptr;
  expect(sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &encoded),
         "name the unit's object");
  const std::unique_ptr<char, decltype(&std::free)> owned(encoded, &std::free);
  return encoded;
}

std::string control_group_of(sd_bus* bus, const std::string& unit) {
  sd_bus_message* made = nullptr;
  expect(sd_bus_message_new_method_call(bus, &made, kManagerName, object_of(unit).c_str(),
                                        "org.freedesktop.DBus.Properties", "Get"),
         "make a call");
  const Message question(made);
  expect(sd_bus_message_append(made, "ss", "org.freedesktop.systemd1.Scope", "ControlGroup"),
         "ask for a property");
  const Message reply = call(bus, made);
  const char* group = nullptr;
  if (sd_bus_message_read(reply.get(), "v", "s", &group) < 0)
    throw Failure{Status::refused, "the manager's answer is no control group"};
  return group;
}

}  // namespace

std::string start_scope(sd_bus* bus, const Scope& scope) {
  const Message question = start_call(bus, scope);
  Ended ended;
  const Slot slot = listen_for_ended(ended, bus);
  const Message reply = call_patiently(bus, question.get());
  const char* path = nullptr;
  if (sd_bus_message_read(reply.get(), "o", &path) < 0)
    throw Failure{Status::refused, "the manager's answer is no job"};
  const std::string job = path;
  process_until(bus, [&] { return ended.contains(job); });
  if (ended[job] != "done") throw Failure{Status::not_started, ended[job]};
  std::string group = control_group_of(bus, scope.unit);
  // As of a scope whose last process has ended meanwhile.
  if (group.empty()) throw Failure{Status::not_started, "the scope has no control group"};
  return group;
}

void set_properties(sd_bus* bus, const std::string& unit, const std::vector<Property>& properties) {
  const Message question = method(bus, "SetUnitProperties");
  sd_bus_message* message = question.get();
  expect(sd_bus_message_append(message, "sb", unit.c_str(), 1), "name the unit");
  expect(sd_bus_message_open_container(message, 'a', "(sv)"), "write properties down");
  append(message, properties);
  expect(sd_bus_message_close_container(message), "write properties down");
  call(bus, message);
}

void attach_process(sd_bus* bus, const std::string& unit, std::uint32_t pid) {
  const Message question = method(bus, "AttachProcessesToUnit");
  // "": the unit's own control group, not one below it.
  expect(sd_bus_message_append(question.get(), "ssau", unit.c_str(), "", 1, pid),
         "name the unit and the process");
  call(bus, question.get());
}

}  // namespace devbox::scope
