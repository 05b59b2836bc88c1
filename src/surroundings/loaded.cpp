#include "surroundings/loaded.hpp"

#include <asm/fcntl.h>

#include "surroundings/libc.hpp"

namespace devbox::surroundings {
namespace {

Loaded settings;
bool is_read = false;

// The value of a line that begins with `key`.
const char* value_of(const char* line, const char* key) {
  while (*key != '\0' && *line == *key) ++line, ++key;
  return *key == '\0' && *line == ' ' ? line + 1 : nullptr;
}

const char* after(const char* text, const char* start) {
  while (*start != '\0' && *text == *start) ++text, ++start;
  return *start == '\0' ? text : nullptr;
}

// A decimal number and nothing else; of an unsigned one that needs all its bits, these.
bool read_number(const char* text, uint64_t& number) {
  if (*text == '\0') return false;
  uint64_t value = 0;
  for (; *text != '\0'; ++text) {
    if (*text < '0' || *text > '9') return false;
    value = value * 10 + static_cast<uint64_t>(*text - '0');
  }
  number = value;
  return true;
}

void read_text(const char* value, char (&text)[kMostText + 1]) {
  int n = 0;
  for (; n < kMostText && value[n] != '\0'; ++n) text[n] = value[n];
  text[n] = '\0';
}

void read_order(const char* value) {
  if (compare(value, kSorted) == 0) settings.sort = Sort::sorted;
  if (compare(value, kReversed) == 0) settings.sort = Sort::reversed;
  const char* seed = after(value, kHashed);
  if (seed != nullptr && read_number(seed, settings.seed)) settings.sort = Sort::hashed;
}

// What is read of the time; it counts where there is a start and a base.
struct Times {
  uint64_t start = 0, base = 0, slowdown = 1;
  bool has_start = false, has_base = false;
};

void read_line(const char* line, Times& times) {
  if (const char* start = value_of(line, kTimeStart))
    times.has_start = read_number(start, times.start);
  if (const char* base = value_of(line, kTimeBase)) times.has_base = read_number(base, times.base);
  if (const char* slowdown = value_of(line, kTimeSlowdown)) read_number(slowdown, times.slowdown);
  if (const char* order = value_of(line, kOrder)) read_order(order);
  if (const char* release = value_of(line, kRelease)) read_text(release, settings.release);
  if (const char* version = value_of(line, kVersion)) read_text(version, settings.version);
}

void read_lines(char* text) {
  Times times;
  for (char* line = text; *line != '\0';) {
    char* end = line;
    while (*end != '\n' && *end != '\0') ++end;
    const bool is_last = *end == '\0';
    *end = '\0';
    read_line(line, times);
    if (is_last) break;
    line = end + 1;
  }
  if (!times.has_start || !times.has_base || times.slowdown == 0) return;
  settings.time = {static_cast<int64_t>(times.start), static_cast<int64_t>(times.base),
                   static_cast<int64_t>(times.slowdown)};
}

void read_settings() {
  is_read = true;
  const long fd = raw(__NR_openat, kWorkingDirectory, kSettingsPath, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  char text[kMostSettings + 1];
  long total = 0;
  for (;;) {
    const long n = raw(__NR_read, fd, text + total, kMostSettings - total);
    if (n == -EINTR) continue;
    if (n <= 0) break;
    total += n;
  }
  raw(__NR_close, fd);
  text[total] = '\0';
  read_lines(text);
}

__attribute__((constructor)) void at_load() { loaded(); }

}  // namespace

// Another library's constructor may come before ours; all of them run on one thread.
const Loaded& loaded() {
  if (!is_read) read_settings();
  return settings;
}

}  // namespace devbox::surroundings
