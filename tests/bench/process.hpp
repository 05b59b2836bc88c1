// Processes: started, timed, and all of them ended.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace devbox::bench {

struct Command {
  std::vector<std::string> argv;
  std::vector<std::string> env;  // "NAME=value", all of it
  std::string cwd;
};

struct Run {
  double ms;
  long peak_kib;  // of the largest process of it and of what it waited for (getrusage(2))
};

// The program's file in PATH; empty where there is none.
std::string find_program(const std::string& program);

// Milliseconds of CLOCK_MONOTONIC.
double now();

// ^C and its kin make the next wait throw Interrupted.
void watch_signals();
void throw_if_interrupted();

// The parents of all processes that we can see.
struct ProcessEntry {
  pid_t pid;
  pid_t parent;
  std::string name;  // comm of proc(5), 15 bytes
};
std::vector<ProcessEntry> processes();

// Everything that is started here and whatever it leaves behind: we are its subreaper (prctl(2)),
// so that an orphan becomes our child. Nothing of it lives longer than this object.
class Family {
 public:
  // Standard error goes to the file `log`; standard input and output to /dev/null.
  explicit Family(std::string log);
  ~Family();
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;

  pid_t start(const Command& command) const;

  // From before the start until the command has ended and is reaped. Throws Failure with what it
  // wrote to standard error where its status is not 0.
  double run_ms(const Command& command) const;
  Run run(const Command& command) const;

  // A failure of `what`, with what it wrote to standard error.
  [[noreturn]] void fail(const std::string& what) const;

  // Kills and reaps until no child is left, and says how many there were.
  int end_all() const;

  // Waits, at most `ms`, until no child is left; how many are left then.
  int wait_for_all(double ms) const;

 private:
  std::string log_;
};

}  // namespace devbox::bench
