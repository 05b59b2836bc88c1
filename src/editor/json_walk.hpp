// JSON text step by step, with the place of each step in the text: for whoever changes a few bytes
// of a document and leaves the others as they are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::editor {

// RFC 8259, or what VS Code and Zed read: comments of both kinds, and a comma before a closing
// bracket.
enum class JsonDialect { strict, with_comments };

struct JsonStep {
  enum class Kind { object, array, close, key, string, scalar, end, wrong };
  Kind kind = Kind::wrong;
  std::size_t begin = 0;  // of `wrong`: where it went wrong
  std::size_t end = 0;
};

// A document is a value and `end`; an object is `object`, a `key` and a value for each member, and
// `close`. Allocates a byte for each level that is open; more than 1,000 are `wrong`.
class JsonWalk {
 public:
  explicit JsonWalk(std::string_view text, JsonDialect dialect = JsonDialect::strict)
      : text_(text), dialect_(dialect) {}

  JsonStep next();

  // How many objects and arrays are open: an object's own step is counted in, its `close` is not.
  std::size_t depth() const { return open_.size(); }

  // Where the last comma stood that a closing bracket followed; npos where the last `close` had
  // none before it.
  std::size_t trailing_comma() const { return trailing_comma_; }

 private:
  enum class Expect { value, value_or_close, key, key_or_close, comma_or_close, end, nothing };

  JsonStep wrong();
  JsonStep value();
  JsonStep open(JsonStep::Kind kind);
  JsonStep close();
  JsonStep key();
  bool skip_space();
  bool skip_comment();
  bool skip_string();
  bool skip_escape();
  bool skip_scalar();
  bool skip_number();
  void after_value();
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  std::string_view text_;
  JsonDialect dialect_;
  std::size_t at_ = 0;
  std::size_t comma_ = std::string_view::npos;  // the last one, while nothing has followed it
  std::size_t trailing_comma_ = std::string_view::npos;
  Expect expect_ = Expect::value;
  std::vector<char> open_;  // '{' and '['
};

// What a string of JSON, quotes included, stands for, in UTF-8; it has been walked over. A
// surrogate without its other half becomes U+FFFD.
std::string json_string_value(std::string_view quoted);

}  // namespace devbox::editor
