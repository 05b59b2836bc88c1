#include <fmt/format.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <map>
#include <utility>

#include "commands/chosen_box.hpp"
#include "commands/commands.hpp"
#include "commands/stats_table.hpp"
#include "commands/used.hpp"
#include "host/probe.hpp"
#include "launch/records.hpp"
#include "util/json.hpp"

namespace devbox::commands {
namespace {

constexpr std::int64_t kOnce = 500'000;  // microseconds between two looks
constexpr std::int64_t kLive = 1'000'000;

// True where that time has passed, false where a signal came first.
bool slept_until(std::int64_t at) {
  const std::int64_t left = at - launch::boot_time();
  if (left <= 0) return true;
  const struct timespec span { .tv_sec = left / 1'000'000, .tv_nsec = left % 1'000'000 * 1000 };
  return ::nanosleep(&span, nullptr) == 0;
}

void say(const std::string& text) { std::fputs(fmt::format("devbox: {}\n", text).c_str(), stderr); }

// The boxes, look by look.
class Looks {
 public:
  Looks(const std::string& runtime, std::string word) : records_(runtime), word_(std::move(word)) {}

  // Throws Error where the first look finds no box of that name.
  void look() {
    std::vector<launch::Record> running = records_.running();
    if (!word_.empty()) running = only(running);
    const auto has_none = [](const launch::Record& record) { return record.group.empty(); };
    without_group_ = std::erase_if(running, has_none);
    std::map<std::string, Counted> before = std::exchange(counted_, {});
    boxes_.clear();
    for (launch::Record& record : running) {
      if (::access(record.group.c_str(), F_OK) == 0) add(std::move(record), before);
    }
    std::vector<std::string> ids;
    ids.reserve(boxes_.size());
    for (const BoxUse& box : boxes_) ids.push_back(box.record.id);
    for (BoxUse& box : boxes_) box.id = short_id(box.record.id, ids);
  }

  const std::vector<BoxUse>& boxes() const { return boxes_; }

  // Those that are not in the table; where one box was asked for, nobody asked for others.
  std::size_t uncounted() const { return word_.empty() ? without_group_ : 0; }

  // The id of the one box that was asked for, once there was a look; empty: of all.
  const std::string& word() const { return word_; }

 private:
  struct Counted {
    host::Counters counters;
    std::int64_t at = 0;
  };

  // The first look finds it by whatever names it, those that follow by its id.
  std::vector<launch::Record> only(const std::vector<launch::Record>& running) {
    if (!found_) {
      word_ = chosen_group(running, word_).id;
      found_ = true;
    }
    const auto same = std::find_if(running.begin(), running.end(),
                                   [&](const launch::Record& one) { return one.id == word_; });
    if (same == running.end()) return {};
    return {*same};
  }

  void add(launch::Record record, const std::map<std::string, Counted>& before) {
    const Counted now{host::read_counters(record.group), launch::boot_time()};
    BoxUse box;
    box.age = static_cast<std::uint64_t>(std::max<std::int64_t>(0, now.at - record.begun));
    box.counters = now.counters;
    if (const auto was = before.find(record.id); was != before.end()) {
      box.before = was->second.counters;
      box.interval = static_cast<std::uint64_t>(now.at - was->second.at);
    }
    counted_.emplace(record.id, now);
    box.record = std::move(record);
    boxes_.push_back(std::move(box));
  }

  launch::Records records_;
  std::string word_;
  bool found_ = false;
  std::size_t without_group_ = 0;
  std::map<std::string, Counted> counted_;  // by id
  std::vector<BoxUse> boxes_;
};

Json json_of(const BoxUse& box) {
  const launch::Record& record = box.record;
  Json limits = Json::object();
  for (const auto& [key, shown] : record.limits) limits[key.substr(key.find('.') + 1)] = shown;
  Json all = {{"id", record.id},           {"name", record.name}, {"profile", record.profile},
              {"command", record.command}, {"limits", limits},    {"cgroup", record.group}};
  all.update(used_json(box.counters, box.age));
  return all;
}

int print_json(const Looks& looks) {
  Json boxes = Json::array();
  for (const BoxUse& box : looks.boxes()) boxes.push_back(json_of(box));
  return print(json_text({{"boxes", boxes}, {"uncounted", looks.uncounted()}}));
}

struct Window {
  std::size_t rows = 24;
  std::size_t columns = 80;
  bool operator==(const Window&) const = default;
};

Window window() {
  struct winsize size {};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row < 3 || size.ws_col < 2)
    return {};
  return {size.ws_row, size.ws_col};
}

// The table on a terminal, each in the place of the one before. It stays when devbox ends.
class Screen {
 public:
  explicit Screen(bool colours) : colours_(colours) {}

  void draw(const Looks& looks) {
    const Window now = window();
    // What lies below the last column of a terminal is up to that: some wrap, some cut.
    std::vector<std::string> lines = stats_table(looks.boxes(), {now.columns - 1, colours_});
    if (const std::string last = uncounted_text(looks.uncounted()); !last.empty())
      lines.push_back(last.substr(0, now.columns - 1));
    const std::size_t most = now.rows - 1;
    if (lines.size() > most) {
      const std::size_t left_out = lines.size() - most + 1;
      lines.resize(most - 1);
      lines.push_back(fmt::format("and {} more", left_out).substr(0, now.columns - 1));
    }
    std::string text = drawn_ == 0 ? "" : fmt::format("\r\x1b[{}A", drawn_);
    if (drawn_ > 0 && now != window_) text = "\x1b[H\x1b[2J";  // nobody knows where it is now
    for (const std::string& line : lines) text += line + "\x1b[K\n";
    print(text + "\x1b[J");
    drawn_ = lines.size();
    window_ = now;
  }

 private:
  bool colours_;
  std::size_t drawn_ = 0;  // lines above the cursor
  Window window_;
};

void come_back(int /*signal*/) {}

// Without SA_RESTART, a window that changes ends the sleep.
void hear_of_windows() {
  struct sigaction action {};
  action.sa_handler = come_back;
  ::sigaction(SIGWINCH, &action, nullptr);
}

int show_live(Looks& looks, bool colours) {
  hear_of_windows();
  Screen screen(colours);
  while (!looks.boxes().empty()) {
    screen.draw(looks);
    for (const std::int64_t next = launch::boot_time() + kLive; !slept_until(next);)
      screen.draw(looks);
    looks.look();
  }
  say(looks.word().empty() ? "no box runs any more that has a control group"
                           : fmt::format("the box {} has ended", looks.word()));
  return 0;
}

int show_once(Looks& looks) {
  for (const std::int64_t next = launch::boot_time() + kOnce; !slept_until(next);) continue;
  looks.look();
  // As wide as it must be: whoever reads it may be a program.
  constexpr std::size_t kWide = 512;
  const std::size_t columns = ::isatty(STDOUT_FILENO) == 1 ? window().columns - 1 : kWide;
  std::string text;
  for (const std::string& line : stats_table(looks.boxes(), {columns, false})) text += line + "\n";
  const int status = print(text);
  if (const std::string last = uncounted_text(looks.uncounted()); !last.empty()) say(last);
  return status;
}

}  // namespace

int stats(const cli::StatsVerb& verb) {
  const host::Host host = host::probe();
  Looks looks(host.dirs.runtime, verb.box);
  looks.look();
  if (verb.json) return print_json(looks);
  if (looks.boxes().empty()) {
    say(looks.uncounted() == 0 ? "no box runs" : uncounted_text(looks.uncounted()));
    return 0;
  }
  const auto term = host.env.find("TERM");
  const bool live = !verb.once && ::isatty(STDOUT_FILENO) == 1 && term != host.env.end() &&
                    term->second != "dumb";
  return live ? show_live(looks, !host.env.contains("NO_COLOR")) : show_once(looks);
}

}  // namespace devbox::commands
