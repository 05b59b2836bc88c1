#include "options.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "failure.hpp"

namespace devbox::bench {
namespace {

constexpr const char* kHelp =
    "usage: bench [OPTION…]\n"
    "Measures devbox beside a bare C program, bubblewrap and podman, as an ordinary user.\n"
    "  --rounds N      starts of each, interleaved (200)\n"
    "  --boxes N       how many at once (1000)\n"
    "  --only NAME     start, join, memory, boxes, growth, build, task, import, pull, lsp\n"
    "                  or shim\n"
    "  --tree DIR      the root filesystem, unpacked; DEVBOX_TEST_TREE names another default\n"
    "  --archive FILE  a plain tar archive of a root filesystem, to be imported\n"
    "  --layout DIR:TAG  an image in an OCI layout, to be pulled from a registry; may be repeated\n"
    "  --package DIR:COMMAND  sources to build by `devbox build` and outside, '../configure && "
    "make',\n"
    "                  in a new directory below DIR; with --archive and --tree; may be repeated\n"
    "  --disk DIR      where on a disk images go (/var/tmp)\n"
    "  --devbox PATH   the program (default: beside this one)\n"
    "  --quick         tiny numbers, to see that everything works\n";

int number(const std::string& option, const std::string& text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end || value < 1)
    throw Failure(option + " " + text + ": not a number of at least 1");
  return value;
}

std::string real(const std::string& path) {
  std::error_code error;
  const std::filesystem::path found = std::filesystem::canonical(path, error);
  if (error) throw Failure(path + ": " + error.message());
  return found.string();
}

std::string real_layout(const std::string& image) {
  const std::size_t colon = image.rfind(':');
  if (colon == std::string::npos || colon + 1 == image.size())
    throw Failure("--layout " + image + ": it is DIR:TAG, an OCI layout and a tag in it");
  return real(image.substr(0, colon)) + image.substr(colon);
}

Package package(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon + 1 == text.size())
    throw Failure("--package " + text + ": it is DIR:COMMAND");
  return {real(text.substr(0, colon)), text.substr(colon + 1)};
}

void check_section(const std::string& name) {
  if (std::find(kSections.begin(), kSections.end(), name) != kSections.end()) return;
  throw Failure(
      "--only " + name +
      ": it is start, join, memory, boxes, growth, build, task, import, pull, lsp or shim");
}

void finish(Options& options) {
  if (options.quick) {
    options.rounds = std::min(options.rounds, 3);
    options.boxes = std::min(options.boxes, 4);
  }
  const char* tree = std::getenv("DEVBOX_TEST_TREE");
  if (options.tree.empty() && tree != nullptr) options.tree = tree;
  if (!options.tree.empty()) options.tree = real(options.tree);
  if (options.devbox.empty()) {
    options.devbox = std::filesystem::path(real("/proc/self/exe")).replace_filename("devbox");
  }
  options.devbox = real(options.devbox);
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& option = arguments[i];
    if (option == "--help") {
      std::fputs(kHelp, stdout);
      std::exit(0);
    }
    if (option == "--quick") {
      options.quick = true;
      continue;
    }
    const bool has_value = i + 1 < arguments.size();
    const std::string value = has_value ? arguments[i + 1] : "";
    if (option == "--rounds" && has_value) {
      options.rounds = number(option, value);
    } else if (option == "--boxes" && has_value) {
      options.boxes = number(option, value);
    } else if (option == "--only" && has_value) {
      check_section(options.only = value);
    } else if (option == "--tree" && has_value) {
      options.tree = value;
    } else if (option == "--archive" && has_value) {
      options.archive = real(value);
    } else if (option == "--layout" && has_value) {
      options.layouts.push_back(real_layout(value));
    } else if (option == "--package" && has_value) {
      options.packages.push_back(package(value));
    } else if (option == "--disk" && has_value) {
      options.disk = real(value);
    } else if (option == "--devbox" && has_value) {
      options.devbox = value;
    } else {
      throw Failure(option + ": no such option, or its value is missing; --help lists them");
    }
    ++i;
  }
  finish(options);
  return options;
}

}  // namespace devbox::bench
