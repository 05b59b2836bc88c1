#include "profile/limit_rules.hpp"

#include <algorithm>
#include <iterator>

#include "profile/size.hpp"

namespace devbox::profile {

namespace {

// Of a table with an unknown key nothing is missing: the key may be a misspelt one.
void check_io(const Node& limit, Report& report) {
  if (!limit.is_table() || !limit.valid) return;
  constexpr const char* kRates[] = {"read", "write", "read_ops", "write_ops"};
  if (limit.find("path") == nullptr)
    report.add(limit.at, "`limits.io` needs `path`: a path on the device, or the device itself");
  const bool limits_something =
      std::any_of(std::begin(kRates), std::end(kRates),
                  [&](const char* rate) { return limit.find(rate) != nullptr; });
  if (!limits_something)
    report.add(limit.at, "`limits.io` needs `read`, `write`, `read_ops` or `write_ops`");
}

}  // namespace

void check_limits(const Node& document, Report& report) {
  const Node* limits = document.find("limits");
  if (limits == nullptr || !limits->is_table()) return;
  const Node* io = limits->find("io");
  if (io != nullptr && io->type == Node::Type::array) {
    for (const Node& limit : io->children) check_io(limit, report);
  }
  const Node* memory = limits->find("memory");
  const Node* high = limits->find("memory_high");
  if (memory == nullptr || high == nullptr || !memory->valid || !high->valid) return;
  if (parse_size(high->text).bytes > parse_size(memory->text).bytes)
    report.add(high->at, "`limits.memory_high` must not be above `limits.memory`");
}

}  // namespace devbox::profile
