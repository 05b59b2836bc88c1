// What the person who measures may choose.
#pragma once

#include <string>
#include <vector>

namespace devbox::bench {

// Real software, built by a command that starts in a new directory below its sources.
struct Package {
  std::string directory, command;
};

struct Options {
  int rounds = 200;
  int boxes = 1000;
  std::string only;     // one section's name; empty: all of them
  std::string tree;     // an unpacked root filesystem; empty: one of a static program alone
  std::string devbox;   // default: beside this program
  std::string archive;  // a plain tar archive to import; empty: imports are not measured
  std::string disk = "/var/tmp";     // a directory on a disk, to import and pull on
  std::vector<std::string> layouts;  // DIR:TAG of images to pull; none: pulls are not measured
  std::vector<Package> packages;     // to build by a task and outside; none: only an empty task
  bool quick = false;                // tiny numbers: shows that everything works, measures nothing
};

inline const std::vector<std::string> kSections = {
    "start", "join", "memory", "boxes", "growth", "build", "task", "import", "pull", "lsp", "shim"};

// Throws Failure with a sentence; exits after printing --help.
Options parse_options(int argc, char** argv);

}  // namespace devbox::bench
