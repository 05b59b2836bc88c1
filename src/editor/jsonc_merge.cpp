#include "editor/jsonc_merge.hpp"

#include <algorithm>
#include <vector>

#include "editor/jsonc_tree.hpp"

namespace devbox::editor {
namespace {

using Kind = JsonStep::Kind;

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kUsualIndent = "    ";  // VS Code's own

struct Edit {
  std::size_t at = 0, removed = 0;
  std::string added;
};

// The white space that the line of `at` begins with; std::nullopt where something else stands
// before `at`.
std::optional<std::string> indent_before(std::string_view text, std::size_t at) {
  const std::size_t line = text.substr(0, at).find_last_of('\n');
  const std::string_view before = text.substr(line + 1, at - line - 1);  // npos + 1 is 0
  if (before.find_first_not_of(" \t") != kNone) return std::nullopt;
  return std::string(before);
}

std::string indent_of_line(std::string_view text, std::size_t at) {
  const std::size_t line = text.substr(0, at).find_last_of('\n');
  const std::string_view rest = text.substr(line + 1, at - line - 1);
  return std::string(rest.substr(0, std::min(rest.find_first_not_of(" \t"), rest.size())));
}

class Merge {
 public:
  Merge(std::string_view text, const JsoncNode& root)
      : text_(text), line_end_(text.find("\r\n") == kNone ? "\n" : "\r\n"), unit_(kUsualIndent) {
    if (root.members.empty()) return;
    const std::optional<std::string> first = indent_before(text, root.members.front().begin);
    if (first && !first->empty()) unit_ = *first;
  }

  void object(const JsoncNode& node, const Json& wanted) {
    std::vector<std::string> added;
    const std::string indent = indent_within(node);
    for (const auto& [key, value] : wanted.items()) {
      const JsoncMember* member = node.find(key);
      if (member == nullptr) {
        added.push_back(Json(key).dump() + ": " + dump(value, indent));
      } else if (value.is_object() && member->value.kind == Kind::object) {
        object(member->value, value);
      } else if (!equals(member->value, value)) {
        const JsoncNode& old = member->value;
        edits_.push_back(
            {old.begin, old.end - old.begin, dump(value, indent_of_line(text_, member->begin))});
      }
    }
    if (!added.empty()) insert(node, added, indent);
  }

  std::string apply() && {
    std::string result(text_);
    std::stable_sort(edits_.begin(), edits_.end(),
                     [](const Edit& a, const Edit& b) { return a.at < b.at; });
    std::reverse(edits_.begin(), edits_.end());  // from the back: places stay
    for (const Edit& edit : edits_) result.replace(edit.at, edit.removed, edit.added);
    return result;
  }

 private:
  bool is_one_line(const JsoncNode& node) const {
    return !node.members.empty() &&
           text_.substr(node.begin, node.end - node.begin).find('\n') == kNone;
  }

  std::string indent_within(const JsoncNode& node) const {
    if (!node.members.empty() && !is_one_line(node)) {
      const auto first = indent_before(text_, node.members.front().begin);
      if (first) return *first;
    }
    const std::string line = indent_of_line(text_, node.begin);
    return is_one_line(node) ? line : line + unit_;
  }

  void insert(const JsoncNode& node, const std::vector<std::string>& added,
              const std::string& indent) {
    const std::size_t close = node.end - 1;
    const bool has_comma = node.trailing_comma != kNone;
    std::size_t from = node.begin + 1;
    if (!node.members.empty()) {
      from = has_comma ? node.trailing_comma + 1 : node.members.back().value.end;
      if (!has_comma) edits_.push_back({from, 0, ","});
    }
    const std::size_t at = after_comments(text_, from, close);
    const bool one_line = is_one_line(node);
    std::string all;
    for (const std::string& member : added) {
      const bool is_last = &member == &added.back();
      all += one_line ? " " : line_end_ + indent;
      all += member;
      if (!is_last || has_comma) all += ",";
    }
    const std::string_view behind = text_.substr(at, close - at);
    const bool breaks = one_line || behind.find('\n') != kNone;
    if (!breaks) all += line_end_ + indent_of_line(text_, node.begin);
    edits_.push_back({at, breaks ? 0 : behind.size(), all});
  }

  // Over several lines where it is an object, each below `indent`.
  std::string dump(const Json& value, const std::string& indent) const {
    const bool is_tab = unit_.find('\t') != kNone;
    const std::string text = value.dump(is_tab ? 1 : static_cast<int>(unit_.size()),
                                        is_tab ? '\t' : ' ', false, Json::error_handler_t::replace);
    std::string result;
    for (const char c : text) {
      if (c == '\n') {
        result += line_end_ + indent;
      } else {
        result += c;
      }
    }
    return result;
  }

  bool equals(const JsoncNode& node, const Json& wanted) const {
    switch (node.kind) {
      case Kind::object:
        return false;  // `wanted` is none, or they would have been merged
      case Kind::array:
        return wanted.is_array() && wanted.size() == node.elements.size() &&
               std::equal(node.elements.begin(), node.elements.end(), wanted.begin(),
                          [&](const JsoncNode& element, const Json& value) {
                            return is_same(element, value);
                          });
      default:
        return is_same(node, wanted);
    }
  }

  // With its members, and no others: an element is replaced as a whole.
  bool is_same(const JsoncNode& node, const Json& wanted) const {
    if (node.kind == Kind::array) return equals(node, wanted);
    if (node.kind != Kind::object) {
      const auto parsed = parse_json(text_.substr(node.begin, node.end - node.begin));
      return parsed && *parsed == wanted;
    }
    return wanted.is_object() && wanted.size() == node.members.size() &&
           std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& item) {
             const JsoncMember* member = node.find(item.key());
             return member != nullptr && is_same(member->value, item.value());
           });
  }

  std::string_view text_;
  std::string line_end_;
  std::string unit_;
  std::vector<Edit> edits_;
};

}  // namespace

std::optional<JsoncMistake> jsonc_mistake(std::string_view text) {
  const JsoncFile file = read_jsonc(text);
  std::optional<std::size_t> at = file.mistake;
  if (file.root && file.root->kind != Kind::object) at = file.root->begin;
  if (!at) return std::nullopt;
  const std::string_view before = text.substr(0, *at);
  const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  return JsoncMistake{lines + 1, before.size() - (before.find_last_of('\n') + 1) + 1};
}

std::string jsonc_merged(std::string_view text, const Json& wanted) {
  const JsoncFile file = read_jsonc(text);
  if (!file.root) {
    std::string result(text);
    if (!result.empty() && !result.ends_with('\n')) result += '\n';
    return result + wanted.dump(static_cast<int>(kUsualIndent.size())) + "\n";
  }
  Merge merge(text, *file.root);
  merge.object(*file.root, wanted);
  return std::move(merge).apply();
}

}  // namespace devbox::editor
