#include <fmt/format.h>

#include <cstdio>
#include <vector>

#include "commands/chosen_box.hpp"
#include "commands/commands.hpp"
#include "host/probe.hpp"
#include "launch/records.hpp"
#include "launch/stop.hpp"
#include "launch/uppers.hpp"
#include "util/error.hpp"
#include "util/path.hpp"

namespace devbox::commands {

using launch::Record;

int stop(const cli::Stop& verb) {
  const host::Host host = host::probe();
  const launch::Records records(host.dirs.runtime);
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
      // Of a box that was kept there is nobody else to do it.
      records.sweep(box->id);
      if (box->leaves) launch::sweep_scratch(path::join(host.dirs.state, "ephemeral"), host);
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
