#include <fmt/format.h>

#include <cstdio>
#include <vector>

#include "commands/chosen_box.hpp"
#include "commands/commands.hpp"
#include "host/probe.hpp"
#include "launch/records.hpp"
#include "launch/stop.hpp"
#include "util/error.hpp"

namespace devbox::commands {

using launch::Record;

int stop(const cli::Stop& verb) {
  const launch::Records records(host::probe().dirs.runtime);
  const std::vector<Record> running = records.running();
  // All words are understood before anything is stopped.
  std::vector<const Record*> meant;
  for (const std::string& word : verb.boxes) meant.push_back(&chosen_box(running, word));
  if (verb.all) {
    for (const Record& box : running) meant.push_back(&box);
  }
  int status = 0;
  for (const Record* box : meant) {
    try {
      launch::stop(*box, verb.patience);
      print(fmt::format("{}\n", box->id));
    } catch (const Error& error) {
      std::fputs(fmt::format("devbox: {}\n  hint: {}\n", error.message(), error.hint()).c_str(),
                 stderr);
      status = 1;
    }
  }
  return status;
}

}  // namespace devbox::commands
