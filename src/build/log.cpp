#include "build/log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "build/copy.hpp"
#include "host/cannot.hpp"
#include "host/new_file.hpp"
#include "util/path.hpp"

namespace devbox::build {
namespace {

constexpr std::size_t kKept = 10;
constexpr std::size_t kLines = 20;
constexpr std::size_t kLongestLine = 4096;

std::string time_text() {
  const std::time_t now = ::time(nullptr);
  struct tm parts {};
  ::gmtime_r(&now, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return {text, size};
}

}  // namespace

Log::Log(const std::string& directory, const std::string& name) {
  host::make_directories(directory);
  const Fd here(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!here) throw host::cannot("open", directory, errno);
  // '+' is in no name of a task.
  std::vector<std::string> old = names_in(here.get(), directory);
  // Those of the builds of its check have a name of their own: "app+varied-1+…".
  std::erase_if(old, [&](const std::string& file) {
    return !file.starts_with(name + "+") || file.find('+', name.size() + 1) != std::string::npos ||
           !file.ends_with(".log");
  });
  for (std::size_t i = 0; i + kKept <= old.size(); ++i) ::unlinkat(here.get(), old[i].c_str(), 0);
  const std::string file = fmt::format("{}+{}.{}.log", name, time_text(), ::getpid());
  path_ = path::join(directory, file);
  file_.reset(::openat(here.get(), file.c_str(),
                       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_) throw host::cannot("write", path_, errno);
}

void Log::add(std::string_view bytes) {
  for (std::string_view rest = bytes; !rest.empty();) {
    const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw host::cannot("write", path_, errno);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  while (!bytes.empty()) {
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    partial_.append(part.substr(0, kLongestLine - std::min(kLongestLine, partial_.size())));
    if (end == std::string_view::npos) return;
    if (!partial_.empty()) lines_.push_back(std::move(partial_));
    partial_.clear();
    if (lines_.size() > kLines) lines_.pop_front();
    bytes.remove_prefix(end + 1);
  }
}

std::string Log::last_line() const {
  if (!partial_.empty() || lines_.empty()) return partial_;
  return lines_.back();
}

std::deque<std::string> Log::last_lines() const {
  std::deque<std::string> lines = lines_;
  if (!partial_.empty()) lines.push_back(partial_);
  return lines;
}

}  // namespace devbox::build
