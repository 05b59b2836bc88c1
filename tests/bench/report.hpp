// What the benchmark prints: Markdown, ready for the README.
#pragma once

#include <string>
#include <vector>

namespace devbox::bench {

// The machine, the date and the load that it was under.
std::string machine();

class Table {
 public:
  // The first column is text, the others are numbers.
  explicit Table(std::vector<std::string> heads) : heads_(std::move(heads)) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string text() const;

 private:
  std::vector<std::string> heads_;
  std::vector<std::vector<std::string>> rows_;
};

// The budgets of one run, printed when everything has been measured.
class Budgets {
 public:
  // A ratio, or an amount of `unit`, that may be at most `limit`.
  void at_most(const std::string& what, double measured, double limit,
               const std::string& unit = "");
  void at_least(const std::string& what, double measured, double limit);
  bool empty() const { return lines_.empty(); }
  std::string text() const;

 private:
  struct Line {
    std::string what, budget, measured;
    bool met;
  };
  std::vector<Line> lines_;
};

std::string with_decimals(double value, int decimals);

}  // namespace devbox::bench
