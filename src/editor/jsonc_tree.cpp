#include "editor/jsonc_tree.hpp"

#include <algorithm>

namespace devbox::editor {
namespace {

using Kind = JsonStep::Kind;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Nothing but white space and comments: a number behind it is the first thing in it.
bool is_blank(std::string_view text) {
  const std::string more = std::string(text) + "\n0";
  return JsonWalk(more, JsonDialect::with_comments).next().begin == more.size() - 1;
}

// The places are those of `text`, of which `skipped` bytes go before what is walked over.
class Reader {
 public:
  Reader(std::string_view text, std::size_t skipped)
      : text_(text), skipped_(skipped), walk_(text.substr(skipped), JsonDialect::with_comments) {}

  JsoncFile read() {
    JsoncFile file;
    JsoncNode root;
    const JsonStep first = next();
    if (first.kind == Kind::wrong && is_blank(text_.substr(skipped_))) return file;
    if (!value(first, root)) {
      file.mistake = wrong_at_;
      return file;
    }
    if (next().kind != Kind::end) {
      file.mistake = wrong_at_;
      return file;
    }
    file.root = std::move(root);
    return file;
  }

 private:
  JsonStep next() {
    JsonStep step = walk_.next();
    step.begin += skipped_;
    step.end += skipped_;
    if (step.kind == Kind::wrong) wrong_at_ = step.begin;
    return step;
  }

  // As deep as a walk goes, at most.
  bool value(const JsonStep& step, JsoncNode& node) {
    if (step.kind == Kind::wrong) return false;
    node.kind = step.kind;
    node.begin = step.begin;
    node.end = step.end;
    if (step.kind != Kind::object && step.kind != Kind::array) return true;
    for (;;) {
      const JsonStep inner = next();
      if (inner.kind == Kind::wrong) return false;
      if (inner.kind == Kind::close) {
        node.end = inner.end;
        if (walk_.trailing_comma() != std::string_view::npos)
          node.trailing_comma = walk_.trailing_comma() + skipped_;
        return true;
      }
      if (!(step.kind == Kind::object ? member(inner, node)
                                      : value(inner, node.elements.emplace_back())))
        return false;
    }
  }

  bool member(const JsonStep& key, JsoncNode& object) {
    JsoncMember member;
    member.key = json_string_value(text_.substr(key.begin, key.end - key.begin));
    member.begin = key.begin;
    if (!value(next(), member.value)) return false;
    object.members.push_back(std::move(member));
    return true;
  }

  std::string_view text_;
  std::size_t skipped_;
  JsonWalk walk_;
  std::size_t wrong_at_ = 0;
};

}  // namespace

const JsoncMember* JsoncNode::find(std::string_view key) const {
  const auto found = std::find_if(members.rbegin(), members.rend(),
                                  [&](const JsoncMember& member) { return member.key == key; });
  return found == members.rend() ? nullptr : &*found;
}

JsoncFile read_jsonc(std::string_view text) {
  return Reader(text, text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0).read();
}

std::size_t after_comments(std::string_view text, std::size_t from, std::size_t to) {
  std::size_t end = from;
  for (std::size_t at = from; at < to;) {
    const std::string_view rest = text.substr(at, to - at);
    if (rest.starts_with("//")) {
      at += std::min(rest.find_first_of("\r\n"), rest.size());
      end = at;
    } else if (rest.starts_with("/*")) {
      const std::size_t close = rest.find("*/", 2);
      at = close == std::string_view::npos ? to : at + close + 2;
      end = at;
    } else {
      ++at;
    }
  }
  return end;
}

}  // namespace devbox::editor
