// devbox-scope: what devbox asks of the user's systemd manager; protocol.hpp says how it is used.
// A program of its own, so that a start without limits does not load libsystemd.
#include <exception>
#include <string>
#include <vector>

#include "scope/program/connection.hpp"
#include "scope/program/deadline.hpp"
#include "scope/program/manager.hpp"
#include "scope/property.hpp"
#include "scope/protocol.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::scope {
namespace {

using Words = std::vector<std::string>;

constexpr std::uint64_t kLargestPid = INT32_MAX;

[[noreturn]] void refuse(std::string reason) {
  throw Error(std::move(reason), {}, Error::Kind::usage);
}

// Takes the option from the words, where it is.
int timeout_of(Words& words) {
  if (words.empty() || !words[0].starts_with(kTimeout)) return kDefaultTimeoutMs;
  const auto number = parse_number(words[0].substr(kTimeout.size()), kMaxTimeoutMs);
  if (!number || *number == 0) refuse(printable(words[0]) + ": not 1 to 600000");
  words.erase(words.begin());
  return static_cast<int>(*number);
}

std::vector<Property> properties_from(const Words& words, std::size_t first) {
  std::vector<Property> properties;
  for (std::size_t i = first; i < words.size(); ++i) properties.push_back(parse_property(words[i]));
  return properties;
}

std::uint32_t process_of(const std::string& word) {
  const auto pid = parse_number(word, kLargestPid);
  if (!pid || *pid == 0) refuse(printable(word) + ": no process");
  return static_cast<std::uint32_t>(*pid);
}

// The command line is read to its end before anything is asked of anybody. Returns the answer.
std::string carry_out(Words words) {
  const int timeout = timeout_of(words);
  if (words.size() >= 4 && words[0] == kStart) {
    const Scope scope{words[1], process_of(words[2]), words[3], properties_from(words, 4)};
    end_after(timeout);
    return start_scope(connect_to_manager().get(), scope) + "\n";
  }
  if (words.size() >= 2 && words[0] == kSet) {
    const std::vector<Property> properties = properties_from(words, 2);
    end_after(timeout);
    set_properties(connect_to_manager().get(), words[1], properties);
    return "";
  }
  if (words.size() == 3 && words[0] == kAttach) {
    const std::uint32_t pid = process_of(words[2]);
    end_after(timeout);
    attach_process(connect_to_manager().get(), words[1], pid);
    return "";
  }
  refuse("a part of devbox, which starts it");
}

struct Answer {
  Status status;
  std::string text;
};

Answer answer_to(const Words& words) {
  try {
    return {Status::done, carry_out(words)};
  } catch (const Failure& failure) {
    return {failure.status, printable(failure.reason) + "\n"};
  } catch (const Error& error) {
    return {Status::usage, error.message() + "\n"};
  } catch (const std::exception& error) {
    return {Status::usage, printable(error.what()) + "\n"};
  }
}

}  // namespace
}  // namespace devbox::scope

int main(int argc, char** argv) {
  using namespace devbox::scope;
  const Answer answer = answer_to({argv + (argc > 0 ? 1 : 0), argv + argc});
  answer_is_there();
  // Where nobody can read it, it is lost too.
  return static_cast<int>(write_out(answer.text) ? answer.status : Status::lost);
}
