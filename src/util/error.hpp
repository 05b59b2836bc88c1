// The one exception type of the project: what was tried, on what, why it failed, and what to do.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace devbox {

class Error : public std::exception {
 public:
  enum class Kind {
    failed,          // the world said no
    usage,           // the command line was wrong
    not_found,       // the command is not in the box: status 127
    not_executable,  // it is, and cannot be run: status 126
  };

  // `message` may have several lines; `hint` says what to do about it and may be empty.
  explicit Error(std::string message, std::string hint = {}, Kind kind = Kind::failed)
      : message_(std::move(message)), hint_(std::move(hint)), kind_(kind) {}

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& message() const noexcept { return message_; }
  const std::string& hint() const noexcept { return hint_; }
  Kind kind() const noexcept { return kind_; }

 private:
  std::string message_;
  std::string hint_;
  Kind kind_;
};

}  // namespace devbox
