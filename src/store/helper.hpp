// What devbox-image says of the store: the last of its lines, each a JSON object. It is from
// somebody else's hands: each value may be missing, or of another type.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/json.hpp"

namespace devbox::store {

class Finding {
 public:
  Finding() = default;
  explicit Finding(Json said) : said_(std::move(said)) {}

  bool has(const char* key) const { return said_.contains(key); }
  std::uint64_t number(const char* key) const;                // 0 where it is none
  std::string text(const char* key) const;                    // empty where it is none
  std::vector<std::string> texts(const char* key) const;      // those of a list that are
  std::vector<std::uint64_t> numbers(const char* key) const;  // the same
  std::optional<bool> truth(const char* key) const;           // std::nullopt where it is neither

 private:
  Json said_ = Json::object();
};

struct Answer {
  int status = 0;
  std::string output;
  Finding last;
};

// On one line, to be read from its start: what devbox-image is told. Throws Error.
Fd json_file(const Json& json);

// Runs argv[0] with `input` (borrowed; -1: nothing) as its standard input; each of its findings is
// given to `use` as it comes. Throws Error where it cannot be started.
Answer ask(const std::vector<std::string>& argv, int input,
           const std::function<void(const Finding&)>& use);

// "cannot DOING: REASON", of a helper that did not end as it should.
Error helper_failed(std::string_view doing, const Answer& answer);

}  // namespace devbox::store
