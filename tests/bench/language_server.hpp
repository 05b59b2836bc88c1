// A language server, spoken to as an editor does.
#pragma once

#include <sys/types.h>

#include <string>

#include "process.hpp"
#include "util/fd.hpp"

namespace devbox::bench {

class LanguageServer {
 public:
  // Starts it and initializes it. Throws Failure where it says nothing sensible.
  explicit LanguageServer(const Command& command);
  ~LanguageServer();  // its input ends, and it is waited for
  LanguageServer(const LanguageServer&) = delete;
  LanguageServer& operator=(const LanguageServer&) = delete;

  double initialize_ms() const { return initialize_ms_; }  // from before the start to the result

  void notify(const std::string& method, const std::string& params) const;
  double request_ms(const std::string& method, const std::string& params);
  void wait_for(const std::string& method);  // a notification of the server's

 private:
  void send(const std::string& content) const;
  std::string receive();
  void await_answer(int id);

  pid_t pid_ = -1;
  Fd to_, from_;
  std::string read_;  // and not taken yet
  int id_ = 0;
  double initialize_ms_ = 0;
};

}  // namespace devbox::bench
