// What the verbs' options are registered with. CLI11 is slow to learn them.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.hpp"
#include "util/error.hpp"

namespace devbox::cli {

using Words = std::vector<std::string>;

[[noreturn]] inline void wrong(const std::string& message, const std::string& hint = {}) {
  throw Error(message, hint, Error::Kind::usage);
}

// Called after parsing, with what followed "--".
using Finish = std::function<Invocation(Words)>;

// Where a verb's options are registered. Each costs CLI11 4 us, in a start of which most name none:
// `wants` is true for those that are typed, and for all where that is not known, or help is asked.
struct Parser {
  CLI::App& app;
  const Words* typed;  // null: register every option

  bool wants(std::string_view option) const {
    if (typed == nullptr) return true;
    return std::any_of(typed->begin(), typed->end(), [&](const std::string& word) {
      return word.starts_with(option) || word == "--help" || word == "-h";
    });
  }
};

inline void add_flag(const Parser& parser, const char* name, bool& flag, const char* text) {
  if (parser.wants(name)) parser.app.add_flag(name, flag, text);
}

// An option that may be given again, each time with one value.
template <class T>
void add_list(const Parser& parser, const char* name, std::vector<T>& values, const char* text) {
  if (parser.wants(name)) parser.app.add_option(name, values, text)->allow_extra_args(false);
}

inline void add_word(const Parser& parser, const char* name, std::string& word, const char* text,
                     const std::vector<std::string>& allowed = {}) {
  if (!parser.wants(name)) return;
  CLI::Option* option = parser.app.add_option(name, word, text);
  if (!allowed.empty()) option->check(CLI::IsMember(allowed));
}

}  // namespace devbox::cli
