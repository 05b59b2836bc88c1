#include "host/memory.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

#include "host/files.hpp"

namespace devbox::host {

std::uint64_t available_memory() {
  constexpr std::string_view kField = "MemAvailable:";
  const std::string text = kernel_text("/proc/meminfo");
  const std::size_t at = text.find(kField);
  if (at == std::string::npos) return 0;
  return std::strtoull(text.c_str() + at + kField.size(), nullptr, 10) * 1024;  // in kB there
}

}  // namespace devbox::host
