#include "store/helper.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "host/helper.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

// A list keeps its lines.
std::string printable_lines(const std::string& text) {
  std::string shown;
  for (const std::string& line : split(text, '\n'))
    shown += (shown.empty() ? "" : "\n") + printable(line);
  return shown;
}

}  // namespace

std::uint64_t Finding::number(const char* key) const {
  const auto found = said_.find(key);
  return found != said_.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string Finding::text(const char* key) const {
  const auto found = said_.find(key);
  return found != said_.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> Finding::texts(const char* key) const {
  std::vector<std::string> all;
  const auto found = said_.find(key);
  if (found == said_.end() || !found->is_array()) return all;
  for (const Json& one : *found) {
    if (one.is_string()) all.push_back(one.get<std::string>());
  }
  return all;
}

std::vector<std::uint64_t> Finding::numbers(const char* key) const {
  std::vector<std::uint64_t> all;
  const auto found = said_.find(key);
  if (found == said_.end() || !found->is_array()) return all;
  for (const Json& one : *found) {
    if (one.is_number_unsigned()) all.push_back(one.get<std::uint64_t>());
  }
  return all;
}

std::optional<bool> Finding::truth(const char* key) const {
  const auto found = said_.find(key);
  if (found == said_.end() || !found->is_boolean()) return std::nullopt;
  return found->get<bool>();
}

Fd json_file(const Json& json) {
  const std::string text = json_line(json);
  Fd file(::memfd_create("recipe", MFD_CLOEXEC));
  const bool written = file && ::pwrite(file.get(), text.data(), text.size(), 0) ==
                                   static_cast<ssize_t>(text.size());
  if (!written) throw host::cannot("write", "what devbox-image is told", errno);
  return file;
}

Answer ask(const std::vector<std::string>& argv, int input,
           const std::function<void(const Finding&)>& use) {
  const Fd nothing(input < 0 ? ::open("/dev/null", O_RDONLY | O_CLOEXEC) : -1);
  Answer answer;
  const host::Helped helped =
      host::run_helper(argv, input < 0 ? nothing.get() : input, [&](std::string_view line) {
        std::optional<Json> said = parse_json(line);
        if (!said || !said->is_object()) return;
        const Finding found(std::move(*said));
        use(found);
        // One of several processes may go on for a moment when another has said what is wrong.
        if (found.has("error") || !answer.last.has("error")) answer.last = found;
      });
  answer.status = helped.status;
  answer.output = helped.output;
  return answer;
}

Error helper_failed(std::string_view doing, const Answer& answer) {
  if (answer.status != 0 && answer.last.has("error")) {
    return Error(fmt::format("cannot {}: {}", doing, printable_lines(answer.last.text("error"))),
                 printable(answer.last.text("hint")), Error::Kind::failed,
                 static_cast<int>(answer.last.number("errno")));
  }
  return Error(fmt::format("cannot {}: devbox-image ended with status {}", doing, answer.status),
               answer.status > 128 ? "a signal ended it; is the memory used up?"
                                   : "what it said above is the cause");
}

}  // namespace devbox::store
