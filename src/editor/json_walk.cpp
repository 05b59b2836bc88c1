#include "editor/json_walk.hpp"

#include <algorithm>
#include <cstdint>

namespace devbox::editor {
namespace {

constexpr std::size_t kDeepest = 1000;
constexpr std::size_t kNone = std::string_view::npos;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

unsigned hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a') + 10U;
}

unsigned four_digits(std::string_view text, std::size_t at) {
  unsigned value = 0;
  for (std::size_t i = at; i < at + 4; ++i) value = value << 4U | hex_value(text[i]);
  return value;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto byte = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (point < 0x80) {
    byte(point);
    return;
  }
  if (point < 0x800) {
    byte(0xC0U | point >> 6U);
  } else {
    if (point < 0x10000) {
      byte(0xE0U | point >> 12U);
    } else {
      byte(0xF0U | point >> 18U);
      byte(0x80U | (point >> 12U & 0x3FU));
    }
    byte(0x80U | (point >> 6U & 0x3FU));
  }
  byte(0x80U | (point & 0x3FU));
}

// The character of \uXXXX at `at`, which then stands behind it, its second half included.
std::uint32_t take_point(std::string_view text, std::size_t& at) {
  constexpr std::uint32_t kReplacement = 0xFFFD;
  const unsigned first = four_digits(text, at + 2);
  at += 6;
  if (first < 0xD800 || first > 0xDFFF) return first;
  const bool has_second = first < 0xDC00 && text.substr(at).starts_with("\\u");
  const unsigned second = has_second ? four_digits(text, at + 2) : 0;
  if (second < 0xDC00 || second > 0xDFFF) return kReplacement;
  at += 6;
  return 0x10000U + ((first - 0xD800U) << 10U) + (second - 0xDC00U);
}

char escaped(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

}  // namespace

JsonStep JsonWalk::next() {
  if (expect_ == Expect::nothing || !skip_space()) return wrong();
  const char c = peek();
  switch (expect_) {
    case Expect::end:
      if (at_ != text_.size()) return wrong();
      return {JsonStep::Kind::end, at_, at_};
    case Expect::comma_or_close:
      if (c == '}' || c == ']') return close();
      if (c != ',') return wrong();
      comma_ = at_++;
      if (dialect_ == JsonDialect::strict)
        expect_ = open_.back() == '{' ? Expect::key : Expect::value;
      else
        expect_ = open_.back() == '{' ? Expect::key_or_close : Expect::value_or_close;
      return next();
    case Expect::key:
      return key();
    case Expect::key_or_close:
      return c == '}' ? close() : key();
    case Expect::value_or_close:
      return c == ']' ? close() : value();
    default:
      return value();
  }
}

JsonStep JsonWalk::wrong() {
  expect_ = Expect::nothing;
  return {JsonStep::Kind::wrong, at_, at_};
}

void JsonWalk::after_value() { expect_ = open_.empty() ? Expect::end : Expect::comma_or_close; }

JsonStep JsonWalk::value() {
  comma_ = kNone;
  const char c = peek();
  if (c == '{') return open(JsonStep::Kind::object);
  if (c == '[') return open(JsonStep::Kind::array);
  const std::size_t begin = at_;
  const bool is_string = c == '"';
  if (!(is_string ? skip_string() : skip_scalar())) return wrong();
  after_value();
  return {is_string ? JsonStep::Kind::string : JsonStep::Kind::scalar, begin, at_};
}

JsonStep JsonWalk::open(JsonStep::Kind kind) {
  if (open_.size() == kDeepest) return wrong();
  open_.push_back(text_[at_]);
  expect_ = kind == JsonStep::Kind::object ? Expect::key_or_close : Expect::value_or_close;
  ++at_;
  return {kind, at_ - 1, at_};
}

JsonStep JsonWalk::close() {
  const char opened = text_[at_] == '}' ? '{' : '[';
  if (open_.empty() || open_.back() != opened) return wrong();
  open_.pop_back();
  trailing_comma_ = comma_;
  comma_ = kNone;
  ++at_;
  after_value();
  return {JsonStep::Kind::close, at_ - 1, at_};
}

JsonStep JsonWalk::key() {
  comma_ = kNone;
  const std::size_t begin = at_;
  if (peek() != '"' || !skip_string()) return wrong();
  const std::size_t end = at_;
  if (!skip_space() || peek() != ':') return wrong();
  ++at_;
  expect_ = Expect::value;
  return {JsonStep::Kind::key, begin, end};
}

bool JsonWalk::skip_space() {
  for (;;) {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != kNone) ++at_;
    if (dialect_ == JsonDialect::strict || peek() != '/') return true;
    if (!skip_comment()) return false;
  }
}

bool JsonWalk::skip_comment() {
  const std::string_view rest = text_.substr(at_);
  if (rest.starts_with("//")) {
    at_ += std::min(rest.find_first_of("\r\n"), rest.size());
    return true;
  }
  const std::size_t close = rest.starts_with("/*") ? rest.find("*/", 2) : kNone;
  if (close == kNone) return false;
  at_ += close + 2;
  return true;
}

bool JsonWalk::skip_string() {
  ++at_;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20) return false;
    if (c != '\\') {
      ++at_;
    } else if (!skip_escape()) {
      return false;
    }
  }
  return false;
}

bool JsonWalk::skip_escape() {
  const std::string_view rest = text_.substr(at_);
  if (rest.size() < 2 || std::string_view("\"\\/bfnrtu").find(rest[1]) == kNone) return false;
  if (rest[1] != 'u') {
    at_ += 2;
    return true;
  }
  if (rest.size() < 6 || !std::all_of(rest.begin() + 2, rest.begin() + 6, is_hex)) return false;
  at_ += 6;
  return true;
}

bool JsonWalk::skip_scalar() {
  for (const std::string_view word : {"true", "false", "null"}) {
    if (!text_.substr(at_).starts_with(word)) continue;
    at_ += word.size();
    return true;
  }
  return skip_number();
}

// RFC 8259, 6.
bool JsonWalk::skip_number() {
  const auto digits = [&] {
    const std::size_t before = at_;
    while (is_digit(peek())) ++at_;
    return at_ != before;
  };
  if (peek() == '-') ++at_;
  if (peek() == '0') {
    ++at_;
  } else if (!digits()) {
    return false;
  }
  if (peek() == '.') {
    ++at_;
    if (!digits()) return false;
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    return digits();
  }
  return true;
}

std::string json_string_value(std::string_view quoted) {
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string value;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      value += text[at++];
    } else if (text[at + 1] == 'u') {
      append_utf8(value, take_point(text, at));
    } else {
      value += escaped(text[at + 1]);
      at += 2;
    }
  }
  return value;
}

}  // namespace devbox::editor
