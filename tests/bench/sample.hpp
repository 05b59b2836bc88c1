// Times of the same thing, and what is said of them.
#pragma once

#include <string>
#include <vector>

namespace devbox::bench {

class Sample {
 public:
  void add(double value) { values_.push_back(value); }
  bool empty() const { return values_.empty(); }

  // The value below which `share` of them lie, interpolated; 0 of nothing.
  double quantile(double share) const;
  double median() const { return quantile(0.5); }
  double p10() const { return quantile(0.1); }
  double p90() const { return quantile(0.9); }

 private:
  std::vector<double> values_;
};

}  // namespace devbox::bench
