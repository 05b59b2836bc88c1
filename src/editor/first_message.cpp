#include "editor/first_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "editor/json_walk.hpp"
#include "util/text.hpp"

namespace devbox::editor {
namespace {

constexpr std::size_t kMostHeaderBytes = 8192;
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kNone = std::string_view::npos;

struct Span {
  std::size_t begin = 0, end = 0;
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

struct Header {
  enum class State { partial, whole, foreign };
  State state = State::foreign;
  std::size_t bytes = 0;  // with the empty line
  Span digits;            // of Content-Length
  std::size_t length = 0;
};

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// Takes one field; false where it is none, or a second Content-Length.
bool take_field(std::string_view text, Span line, Header& header) {
  const std::string_view field = line.of(text);
  const std::size_t colon = field.find(':');
  if (colon == 0 || colon == kNone) return false;
  const std::string_view name = field.substr(0, colon);
  if (!std::all_of(name.begin(), name.end(), is_name_character)) return false;
  if (lower_case(name) != "content-length") return true;
  if (header.digits.end != 0) return false;
  std::size_t first = colon + 1;
  while (first < field.size() && field[first] == ' ') ++first;
  std::size_t last = first;
  while (last < field.size() && field[last] >= '0' && field[last] <= '9') ++last;
  header.digits = {line.begin + first, line.begin + last};
  const std::string_view digits = header.digits.of(text);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), header.length);
  return !digits.empty() && read.ec == std::errc() &&
         field.substr(last).find_first_not_of(' ') == kNone;
}

// Whether `line`, of which more may come, can become a field.
bool may_become_field(std::string_view line) {
  const std::string_view name = line.substr(0, line.find(':'));
  const std::size_t end = std::min(name.find('\r'), name.size());
  return std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(end),
                     is_name_character);
}

Header read_header(std::string_view text) {
  Header header;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = text.find(kLineEnd, begin);
    if (std::min(end, text.size()) > kMostHeaderBytes) return header;
    if (end == kNone) {
      if (may_become_field(text.substr(begin))) header.state = Header::State::partial;
      return header;
    }
    if (end == begin) break;
    if (!take_field(text, {begin, end}, header)) return header;
    begin = end + kLineEnd.size();
  }
  header.bytes = begin + kLineEnd.size();
  if (header.digits.end != 0 && header.length <= kMostFirstBytes)
    header.state = Header::State::whole;
  return header;
}

// Walks over the content of a message and finds what there is to change in it.
class Search {
 public:
  explicit Search(std::string_view content) : content_(content), walk_(content) {}

  // From the back; none where it is no `initialize` request.
  std::vector<Span> process_ids() {
    JsonStep step = walk_.next();
    if (step.kind != JsonStep::Kind::object) return {};  // an array is a batch
    while (step.kind != JsonStep::Kind::end) {
      step = walk_.next();
      if (step.kind == JsonStep::Kind::wrong) return {};
      take(step);
    }
    std::reverse(found_.begin(), found_.end());
    return is_initialize_ ? std::move(found_) : std::vector<Span>();
  }

 private:
  void take(const JsonStep& step) {
    const Span span{step.begin, step.end};
    const bool is_string = step.kind == JsonStep::Kind::string;
    if (step.kind == JsonStep::Kind::key) {
      if (walk_.depth() == 1) outer_ = json_string_value(span.of(content_));
      if (walk_.depth() == 2) inner_ = json_string_value(span.of(content_));
    } else if (step.kind == JsonStep::Kind::object || step.kind == JsonStep::Kind::array) {
      if (walk_.depth() == 2) inner_.clear();  // elements of an array have no key
    } else if (is_string || step.kind == JsonStep::Kind::scalar) {
      value(span, is_string);
    }
  }

  void value(Span span, bool is_string) {
    if (walk_.depth() == 1 && outer_ == "method")
      is_initialize_ = is_string && json_string_value(span.of(content_)) == "initialize";
    if (walk_.depth() == 2 && outer_ == "params" && inner_ == "processId" &&
        span.of(content_) != "null")
      found_.push_back(span);
  }

  std::string_view content_;
  JsonWalk walk_;
  std::string outer_, inner_;  // the keys of the message, and of its params
  bool is_initialize_ = false;
  std::vector<Span> found_;
};

std::optional<std::int32_t> process_id(std::string_view text) {
  std::int32_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return is_whole && value > 0 ? std::optional(value) : std::nullopt;
}

}  // namespace

std::size_t lacking(std::string_view read) {
  const Header header = read_header(read);
  if (header.state == Header::State::partial) return 1;
  if (header.state == Header::State::foreign) return 0;
  const std::size_t whole = header.bytes + header.length;
  return whole > read.size() ? whole - read.size() : 0;
}

Opening without_process_id(std::string read) {
  Opening opening;
  opening.bytes = std::move(read);
  std::string& bytes = opening.bytes;
  const Header header = read_header(bytes);
  if (header.state != Header::State::whole || bytes.size() < header.bytes + header.length)
    return opening;
  const std::vector<Span> ids =
      Search(std::string_view(bytes).substr(header.bytes, header.length)).process_ids();
  if (ids.empty()) return opening;
  std::size_t length = header.length;
  for (const Span& id : ids) {  // from the back: places stay
    const std::size_t size = id.end - id.begin;
    if (!opening.editor)
      opening.editor = process_id(std::string_view(bytes).substr(header.bytes + id.begin, size));
    bytes.replace(header.bytes + id.begin, size, "null");
    length = length - size + 4;
  }
  bytes.replace(header.digits.begin, header.digits.end - header.digits.begin,
                fmt::format("{}", length));
  return opening;
}

}  // namespace devbox::editor
