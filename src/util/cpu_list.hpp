// Sets of processors as the kernel writes them (cpuset(7), "FORMATS": List format).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devbox {

struct CpuRange {
  unsigned first = 0;
  unsigned last = 0;
};

// "3" or "0-3", with the ends as they stand there; std::nullopt of anything else.
std::optional<CpuRange> parse_cpu_range(std::string_view text);

// "3,0-1,1" as the processors that it names, ascending, each once. What is no range, or one that is
// the wrong way round or goes beyond `most`, names none.
std::vector<unsigned> parse_cpu_list(std::string_view text, unsigned most);

// Of ascending numbers: "0-1,3".
std::string cpu_list_text(const std::vector<unsigned>& cpus);

}  // namespace devbox
