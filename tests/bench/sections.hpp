// What is measured, one function each. Each prints its table when it is done.
#pragma once

#include "contestant.hpp"
#include "options.hpp"
#include "process.hpp"
#include "report.hpp"
#include "scratch.hpp"

namespace devbox::bench {

struct Bench {
  const Options& options;
  const Scratch& scratch;
  const Contestants& contestants;
  const Family& family;
  Budgets& budgets;
};

void measure_starts(Bench& bench);  // /bin/true, from the start to the end
void measure_join(Bench& bench);    // one more command in a box that runs
void measure_memory(Bench& bench);  // beside one running box, and each of a hundred
void measure_boxes(Bench& bench);   // a thousand at once
void measure_growth(Bench& bench);  // with files in the root, mounts, and the profile's length
void measure_build(Bench& bench);   // a C++ project, in the box and outside
void measure_task(Bench& bench);    // an empty one, and real packages beside the same outside
void measure_import(Bench& bench);  // an archive into the store, and its tree verified
void measure_pull(Bench& bench);    // an image from a registry into the store
void measure_lsp(Bench& bench);     // clangd in the box and outside
void measure_shim(Bench& bench);    // gcc by a shim, and itself

// Prints at once: who interrupts a long run keeps what was measured.
void print(const std::string& text);

}  // namespace devbox::bench
