#include "report.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace devbox::bench {
namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "a processor without a name";
}

std::string date() {
  const time_t now = ::time(nullptr);
  struct tm parts {};
  ::localtime_r(&now, &parts);
  char text[16];
  ::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

std::string line_of(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += fmt::format(" {} |", cell);
  return line + "\n";
}

}  // namespace

std::string machine() {
  struct utsname name {};
  ::uname(&name);
  double load = 0;
  if (::getloadavg(&load, 1) != 1) load = 0;
  return fmt::format("{}, {} cores, Linux {}, {}; load average at the start {:.2f}\n", processor(),
                     ::sysconf(_SC_NPROCESSORS_ONLN), name.release, date(), load);
}

std::string Table::text() const {
  std::string out = line_of(heads_) + "| --- |";
  for (std::size_t i = 1; i < heads_.size(); ++i) out += " ---: |";
  out += "\n";
  for (std::vector<std::string> cells : rows_) {
    cells.resize(heads_.size());
    out += line_of(cells);
  }
  return out;
}

void Budgets::at_most(const std::string& what, double measured, double limit,
                      const std::string& unit) {
  const int decimals = unit.empty() ? 3 : 1;
  lines_.push_back({what, fmt::format("at most {}{}", limit, unit),
                    with_decimals(measured, decimals) + unit, measured <= limit});
}

void Budgets::at_least(const std::string& what, double measured, double limit) {
  lines_.push_back(
      {what, fmt::format("at least {}", limit), with_decimals(measured, 1), measured >= limit});
}

std::string Budgets::text() const {
  Table table({"budget", "asked", "measured", ""});
  for (const Line& line : lines_)
    table.row({line.what, line.budget, line.measured, line.met ? "met" : "missed"});
  return table.text();
}

std::string with_decimals(double value, int decimals) {
  return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace devbox::bench
