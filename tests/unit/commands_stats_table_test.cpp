#include "commands/stats_table.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace devbox::commands {
namespace {

using Lines = std::vector<std::string>;

constexpr std::uint64_t kMebi = std::uint64_t{1} << 20U;
constexpr std::uint64_t kGibi = std::uint64_t{1} << 30U;
constexpr std::uint64_t kSecond = 1'000'000;

// Half of a quota of two processors, three quarters of its memory.
BoxUse a_box() {
  BoxUse box;
  box.record.name = "cpp";
  box.record.command = "/usr/bin/make";
  box.id = "4711";
  box.age = 90 * kSecond;
  box.interval = 2 * kSecond;
  box.before.cpu_time = 10 * kSecond;
  box.counters.cpu_time = 12 * kSecond;
  box.counters.cpu_quota = 200'000;
  box.counters.cpu_period = 100'000;
  box.counters.memory = 1536 * kMebi;
  box.counters.memory_max = 2 * kGibi;
  box.counters.pids = 12;
  box.counters.pids_max = 4096;
  box.before.read_bytes = 0;
  box.counters.read_bytes = 3 * kMebi;
  box.before.written_bytes = kMebi;
  box.counters.written_bytes = kMebi;
  return box;
}

// One that has no limit, and has been looked at once.
BoxUse another_box() {
  BoxUse box;
  box.record.name = "host";
  box.record.command = "/bin/bash";
  box.id = "52";
  box.age = 3 * 3600 * kSecond;
  box.counters.cpu_time = 5;
  box.counters.memory = 300 * 1024;
  box.counters.pids = 2;
  return box;
}

std::size_t width_of(const std::string& line) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b')
      i = line.find('m', i);
    else if ((line[i] & 0xc0) != 0x80)
      ++width;
  }
  return width;
}

TEST_CASE("a table has what was used between two looks, and bars against the limits") {
  const Lines lines = stats_table({a_box(), another_box()}, {.columns = 92});
  CHECK(lines ==
        Lines{"NAME   ID AGE  CPU                 MEMORY                  PROCS READ/s WRITE/s "
              "COMMAND",
              "cpp  4711 90s 100% [||||||      ] 1.5G/2G [|||||||||   ] 12/4096   1.5M       0 "
              "/usr/bin/ma…",
              "host   52  3h    -                   300K                      2      -       - "
              "/bin/bash"});
}

TEST_CASE("a terminal of 80 columns has the bars of any box") {
  BoxUse large = a_box();
  large.record.name = "embedded-toolchain";
  large.id = "4194303";
  large.counters.memory = 1503 * kMebi;
  large.counters.pids = 1200;
  const Lines lines = stats_table({large, a_box()}, {.columns = 79});
  CHECK(lines.at(1) ==
        "embedded-to… 4194303 90s 100% [| ] 1.47G/2G [| ] 1200/4096   1.5M       0 /usr…");
  CHECK(stats_table({a_box()}, {.columns = 79}).at(1) ==
        "cpp  4711 90s 100% [||||   ] 1.5G/2G [|||||  ] 12/4096   1.5M       0 /usr/bin…");
}

TEST_CASE("no line is wider than it may be, whatever the names and the width") {
  BoxUse long_one = a_box();
  long_one.record.name = "größer-als-alle-anderen-Namen";
  long_one.record.command = "/opt/a/very/long/path/to/some/program";
  for (std::size_t columns = 1; columns < 130; ++columns) {
    for (const bool colours : {false, true}) {
      for (const std::string& line :
           stats_table({long_one, another_box()}, {.columns = columns, .colours = colours})) {
        CAPTURE(line);
        CHECK(width_of(line) <= columns);
      }
    }
  }
}

TEST_CASE("a narrow table has no bars, and then no columns on the right") {
  const Lines lines = stats_table({a_box()}, {.columns = 40});
  CHECK(lines == Lines{"NAME   ID AGE  CPU  MEMORY   PROCS", "cpp  4711 90s 100% 1.5G/2G 12/4096"});
}

TEST_CASE("a long name and a long command are cut") {
  BoxUse box = another_box();
  box.record.name = "0123456789abcdefghij";
  box.record.command = "/usr/lib/postgresql/15/bin/postgres";
  const std::string line = stats_table({box}, {.columns = 79}).at(1);
  CHECK(line.starts_with("0123456789a… "));
  CHECK(line.ends_with("/postgresql/15/bin…"));
}

TEST_CASE("nothing of a box reaches the terminal raw") {
  BoxUse box = another_box();
  box.record.name = "\x1b[2J";
  box.record.command = "/tmp/a\nb";
  const std::string line = stats_table({box}, {.columns = 120}).at(1);
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK(line.find("/tmp/a\\x0ab") != std::string::npos);
}

TEST_CASE("a counter that is not there, or went back, has no rate") {
  BoxUse box = a_box();
  box.before.written_bytes.reset();
  box.counters.read_bytes = 5;
  box.before.read_bytes = 6;
  box.interval = 0;
  box.counters.memory.reset();
  CHECK(stats_table({box}, {.columns = 40}) == Lines{"NAME   ID AGE CPU MEMORY   PROCS READ/s",
                                                     "cpp  4711 90s   -      - 12/4096      -"});
}

TEST_CASE("a bar that is nearly full is red, one that is half full is green") {
  BoxUse box = a_box();
  CHECK(stats_table({box}, {.columns = 92, .colours = true})
            .at(1)
            .find("[\x1b[32m||||||      \x1b[0m]") != std::string::npos);
  box.counters.memory = 2000 * kMebi;
  CHECK(stats_table({box}, {.columns = 92, .colours = true})
            .at(1)
            .find("\x1b[31m||||||||||||\x1b[0m") != std::string::npos);
}

TEST_CASE("a bar is as full as its share, and never more than full") {
  CHECK(bar(0, 6) == "[    ]");
  CHECK(bar(0.5, 6) == "[||  ]");
  CHECK(bar(1, 6) == "[||||]");
  CHECK(bar(7, 6) == "[||||]");
  CHECK(bar(-1, 6) == "[    ]");
  CHECK(bar(0.5, 3).empty());
}

TEST_CASE("sizes and ages are short") {
  CHECK(short_size(0) == "0");
  CHECK(short_size(100) == "100B");
  CHECK(short_size(2 * kGibi) == "2G");
  CHECK(short_size(1536) == "1.5K");
  CHECK(short_size(1500 * kMebi) == "1.46G");
  CHECK(short_size(100 * kMebi) == "100M");
  CHECK(short_age(0) == "0s");
  CHECK(short_age(119 * kSecond) == "119s");
  CHECK(short_age(120 * kSecond) == "2m");
  CHECK(short_age(7199 * kSecond) == "119m");
  CHECK(short_age(47 * 3600 * kSecond) == "47h");
  CHECK(short_age(48 * 3600 * kSecond) == "2d");
}

TEST_CASE("boxes that are not in the table are counted in words") {
  CHECK(uncounted_text(0).empty());
  CHECK(uncounted_text(1) ==
        "1 more box runs uncounted: `--stats` or a limit at its start counts it");
  CHECK(uncounted_text(12) ==
        "12 more boxes run uncounted: `--stats` or a limit at its start counts it");
}

}  // namespace
}  // namespace devbox::commands
