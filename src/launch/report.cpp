#include "launch/report.hpp"

#include <fmt/format.h>
#include <time.h>

#include "util/text.hpp"

namespace devbox::launch {
namespace {

double microseconds(std::int64_t from, std::int64_t to) {
  return static_cast<double>(to - from) / 1000.0;
}

std::string_view verb(const Operation& op) {
  switch (op.action) {
    case Action::bind:
      return (op.attributes & kernel::kReadOnly) != 0 ? "bind, read-only" : "bind";
    case Action::tmpfs:
      return "tmpfs";
    case Action::proc:
      return "proc";
    case Action::sysfs:
      return "sysfs";
    case Action::devpts:
      return "devpts";
    case Action::overlay:
      return "overlay, read-only";
    case Action::writable:
      return "overlay";
    case Action::directory:
      return "make directory";
    case Action::file:
      return "make file";
    case Action::symlink:
      return "make link";
    case Action::rewrite:
      return "rewrite file";
    case Action::seal:
      return "make read-only";
  }
  return "";
}

}  // namespace

std::int64_t now() {
  struct timespec time {};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::string timings_text(const Times& times) {
  struct Row {
    const char* what;
    std::int64_t from;
    std::int64_t to;
  };
  const auto& phase = times.phases;
  const Row rows[] = {
      {"read the profile and make the plan", times.begun, times.planned},
      {"make the namespaces", times.planned, phase[kBegun]},
      {"map the ids", phase[kBegun], phase[kMapped]},
      {"make the box's entry", phase[kMapped], phase[kOwned]},
      {"mount", phase[kOwned], phase[kMounted]},
      {"enter the root", phase[kMounted], phase[kEntered]},
      {"give up privileges", phase[kEntered], phase[kConfined]},
      {"start pid 1 and the command", phase[kConfined], times.started},
  };
  std::string text = "devbox: the start, in microseconds\n";
  for (const Row& row : rows)
    text += fmt::format("{:>9.0f}  {}\n", microseconds(row.from, row.to), row.what);
  text += fmt::format("{:>9.0f}  in all\n", microseconds(times.begun, times.started));
  return text;
}

std::string steps_text(const Times& times, const Operations& operations) {
  std::string text;
  std::int64_t last = times.phases[kOwned];
  for (std::size_t i = 0; i < operations.list().size(); ++i) {
    if (times.operations[i] == 0) break;
    text +=
        fmt::format("{:>9.0f}  {:<18} {}\n", microseconds(last, times.operations[i]),
                    verb(operations.list()[i]), printable(operations.subject(static_cast<int>(i))));
    last = times.operations[i];
  }
  return text;
}

}  // namespace devbox::launch
