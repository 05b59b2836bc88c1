#include "image/challenge.hpp"

#include <algorithm>
#include <optional>

#include "util/text.hpp"

namespace devbox::image {
namespace {

// RFC 9110, 5.6.2.
bool is_token_character(char c) {
  constexpr std::string_view kOther = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOther.find(c) != std::string_view::npos;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  bool at(char c) const { return !at_end() && text_[at_] == c; }
  std::size_t place() const { return at_; }
  void go_to(std::size_t place) { at_ = place; }

  bool take(char c) {
    if (!at(c)) return false;
    ++at_;
    return true;
  }

  bool skip_blanks() {
    const std::size_t before = at_;
    while (take(' ') || take('\t')) {
    }
    return at_ > before;
  }

  void skip_commas() {
    skip_blanks();
    while (take(',')) skip_blanks();
  }

  std::string_view token() { return run(is_token_character); }

  // The one word that some schemes have in place of parameters (11.2).
  std::string_view token68() {
    const std::size_t begin = at_;
    run([](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             std::string_view("-._~+/").find(c) != std::string_view::npos;
    });
    if (at_ > begin) {
      while (take('=')) {
      }
    }
    return text_.substr(begin, at_ - begin);
  }

  // 5.6.4; std::nullopt where its end is missing.
  std::optional<std::string> quoted() {
    std::string value;
    if (!take('"')) return std::nullopt;
    while (!at_end()) {
      const char c = text_[at_++];
      if (c == '"') return value;
      if (c == '\\' && at_end()) return std::nullopt;
      value += c == '\\' ? text_[at_++] : c;
    }
    return std::nullopt;
  }

 private:
  template <class Fits>
  std::string_view run(Fits fits) {
    const std::size_t begin = at_;
    while (!at_end() && fits(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

enum class Found { parameter, none, mistake };

Found take_parameter(Scanner& scanner, Challenge& challenge) {
  const std::size_t before = scanner.place();
  const std::string_view name = scanner.token();
  scanner.skip_blanks();
  if (name.empty() || !scanner.take('=')) {
    scanner.go_to(before);
    return Found::none;  // the next scheme, or the end
  }
  scanner.skip_blanks();
  std::string value;
  if (scanner.at('"')) {
    std::optional<std::string> text = scanner.quoted();
    if (!text) return Found::mistake;
    value = std::move(*text);
  } else {
    value = scanner.token();
  }
  challenge.parameters.emplace(lower_case(name), std::move(value));  // the first counts
  return Found::parameter;
}

// False where it ends in a mistake.
bool take_challenge(Scanner& scanner, Challenge& challenge) {
  if (!scanner.skip_blanks()) return true;  // a scheme alone
  const std::size_t before = scanner.place();
  const std::string_view word = scanner.token68();
  scanner.skip_blanks();
  const std::size_t after = scanner.place();
  if (!word.empty() && (scanner.at_end() || scanner.take(','))) {
    scanner.go_to(after);
    return true;
  }
  scanner.go_to(before);
  while (true) {
    const Found found = take_parameter(scanner, challenge);
    if (found != Found::parameter) return found == Found::none;
    scanner.skip_blanks();
    if (scanner.at_end() || !scanner.take(',')) return scanner.at_end();
    scanner.skip_commas();
  }
}

}  // namespace

std::string Challenge::parameter(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

std::vector<Challenge> parse_challenges(std::string_view value) {
  std::vector<Challenge> challenges;
  Scanner scanner(value);
  for (scanner.skip_commas(); !scanner.at_end(); scanner.skip_commas()) {
    Challenge challenge{lower_case(scanner.token()), {}};
    if (challenge.scheme.empty()) break;
    const bool whole = take_challenge(scanner, challenge);
    challenges.push_back(std::move(challenge));
    if (!whole) break;
  }
  return challenges;
}

}  // namespace devbox::image
