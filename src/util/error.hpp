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

  // `message` may have several lines; `hint` says what to do about it and may be empty; `err` is
  // the errno that it comes from, where there is one that somebody may want to know.
  explicit Error(std::string message, std::string hint = {}, Kind kind = Kind::failed, int err = 0)
      : message_(std::move(message)), hint_(std::move(hint)), kind_(kind), err_(err) {}

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& message() const noexcept { return message_; }
  const std::string& hint() const noexcept { return hint_; }
  Kind kind() const noexcept { return kind_; }
  int err() const noexcept { return err_; }

 private:
  std::string message_;
  std::string hint_;
  Kind kind_;
  int err_;
};

}  // namespace devbox
