#include "profile/validate.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "profile/schema.hpp"
#include "util/text.hpp"

namespace devbox::profile {

namespace {

std::string_view type_name(Node::Type type) {
  switch (type) {
    case Node::Type::table:
      return "a table";
    case Node::Type::array:
      return "an array";
    case Node::Type::string:
      return "a string";
    case Node::Type::integer:
      return "an integer";
    case Node::Type::floating:
      return "a float";
    case Node::Type::boolean:
      return "a boolean";
    case Node::Type::date:
      return "a date";
    case Node::Type::time:
      return "a time";
    case Node::Type::date_time:
      break;
  }
  return "a date-time";
}

std::string_view wanted_type(Kind kind) {
  switch (kind) {
    case Kind::table:
      return "a table";
    case Kind::tables:
      return "an array of tables";
    case Kind::string:
      return "a string";
    case Kind::strings:
      return "an array of strings";
    case Kind::command:
      return "a string or an array of strings";
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return "an integer";
    case Kind::number:
      return "a number";
    case Kind::flag:
      break;
  }
  return "true, false or \"auto\"";
}

// Whether a value of `type` may stand for `kind`; what an array holds is looked at later.
bool fits(Kind kind, Node::Type type) {
  switch (kind) {
    case Kind::table:
      return type == Node::Type::table;
    case Kind::tables:
    case Kind::strings:
      return type == Node::Type::array;
    case Kind::string:
      return type == Node::Type::string;
    case Kind::command:
      return type == Node::Type::string || type == Node::Type::array;
    case Kind::boolean:
      return type == Node::Type::boolean;
    case Kind::integer:
      return type == Node::Type::integer;
    case Kind::number:
      return type == Node::Type::integer || type == Node::Type::floating;
    case Kind::flag:
      break;
  }
  return type == Node::Type::boolean || type == Node::Type::string;
}

bool is_supported(Support support, const Node& node) {
  switch (support) {
    case Support::yes:
      return true;
    case Support::no:
      return false;
    case Support::if_empty:
      break;
  }
  return node.type == Node::Type::array && node.children.empty();
}

// "a", "b" or "c": the words that can be asked for today.
std::string list_of(std::span<const Word> words) {
  std::vector<std::string> shown;
  for (const Word& word : words) {
    if (word.support == Support::yes) shown.push_back(quoted(word.text));
  }
  std::string list;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (i > 0) list += i + 1 == shown.size() ? " or " : ", ";
    list += shown[i];
  }
  return list;
}

std::string word_mistake(std::span<const Word> words, const std::string& value) {
  std::vector<std::string> supported;
  for (const Word& word : words) {
    if (word.text == value && word.support == Support::yes) return {};
    if (word.text == value) return fmt::format(": {} is not supported yet", quoted(value));
    if (word.support == Support::yes) supported.emplace_back(word.text);
  }
  return fmt::format(" must be {}, not {}{}", list_of(words), quoted(value),
                     did_you_mean(nearest(value, supported), "\""));
}

// A key as the person wrote it, for a message: its tables are joined to it only where there is one.
struct Written {
  const Written* table = nullptr;  // nullptr of the document, whose key is empty
  std::string_view key;

  std::string text() const {
    const bool is_top = table == nullptr || table->table == nullptr;
    return is_top ? shown_key(key) : table->text() + "." + shown_key(key);
  }
};

// What a message speaks of: a value, or an entry of an array.
struct Subject {
  const Written& written;
  std::string_view before;

  std::string text() const { return fmt::format("{}`{}`", before, written.text()); }
};

constexpr std::string_view kEntry = "an entry of ";
constexpr std::string_view kProgram = "the first entry of ";

class Validator {
 public:
  explicit Validator(Report& report) : report_(report) {}

  // `path` is the table's row in the schema.
  void check_table(Node& table, std::string_view path, const Written& written) {
    const std::span<const NamedKey> keys = keys_of(path);
    for (Node& child : table.children) {
      const Key* key = find_key(keys, child.key);
      if (key == nullptr) {
        unknown_key(child, path, written);
        table.valid = false;
      } else {
        check_value(child, *key, {&written, child.key});
      }
    }
  }

 private:
  void unknown_key(Node& node, std::string_view path, const Written& table) {
    const std::string meant = nearest(node.key, key_names(path));
    const std::string hint =
        meant.empty() ? std::string() : did_you_mean(Written{&table, meant}.text());
    mistake(node, node.key_at,
            fmt::format("unknown key `{}`{}", Written{&table, node.key}.text(), hint));
  }

  void check_value(Node& node, const Key& key, const Written& written) {
    const std::string bad_key = key.key_check != nullptr ? key.key_check(node.key) : std::string();
    if (!bad_key.empty())
      mistake(node, node.key_at, fmt::format("`{}`{}", written.text(), bad_key));
    if (!is_supported(key.support, node)) {
      mistake(node, node.key_at, fmt::format("`{}`: not supported yet", written.text()));
    }
    if (!fits(key.kind, node.type)) {
      wrong_type(node, wanted_type(key.kind), {written, {}});
    } else {
      check_content(node, key, written);
    }
  }

  void check_content(Node& node, const Key& key, const Written& written) {
    switch (key.kind) {
      case Kind::table:
        return check_table(node, key.path, written);
      case Kind::tables:
        return check_tables(node, key, written);
      case Kind::string:
        return check_text(node, key, {written, {}});
      case Kind::strings:
        return check_strings(node, key, written);
      case Kind::command:
        return check_command(node, key, written);
      case Kind::integer:
      case Kind::number:
        return check_number(node, key, written);
      case Kind::flag:
        return check_flag(node, written);
      case Kind::boolean:
        break;
    }
  }

  void check_tables(Node& array, const Key& key, const Written& written) {
    for (Node& entry : array.children) {
      if (entry.is_table()) {
        check_table(entry, key.path, written);
      } else {
        wrong_type(entry, "a table", {written, kEntry});
      }
    }
  }

  void check_strings(Node& array, const Key& key, const Written& written) {
    const Subject subject{written, kEntry};
    for (Node& entry : array.children) {
      if (entry.type == Node::Type::string) {
        check_text(entry, key, subject);
      } else {
        wrong_type(entry, "a string", subject);
      }
    }
  }

  // The first word of an argv is a program; the others may be empty, and none may hold a NUL.
  void check_command(Node& node, const Key& key, const Written& written) {
    if (node.type == Node::Type::string) return check_text(node, key, {written, {}});
    if (node.children.empty())
      mistake(node, node.at, fmt::format("`{}` must not be empty", written.text()));
    for (Node& entry : node.children) {
      const bool is_program = &entry == &node.children.front();
      if (entry.type != Node::Type::string) {
        wrong_type(entry, "a string", {written, kEntry});
      } else if (is_program || !entry.text.empty()) {
        check_text(entry, key, {written, is_program ? kProgram : kEntry});
      }
    }
  }

  void check_text(Node& node, const Key& key, const Subject& subject) {
    std::string found = key.check != nullptr ? key.check(node.text) : std::string();
    if (found.empty() && !key.words.empty()) found = word_mistake(key.words, node.text);
    if (!found.empty()) mistake(node, node.at, subject.text() + found);
  }

  void check_number(Node& node, const Key& key, const Written& written) {
    if (key.number_check == nullptr) return;
    const bool is_integer = node.type == Node::Type::integer;
    const std::string found =
        key.number_check(is_integer ? static_cast<double>(node.integer) : node.floating);
    if (!found.empty()) mistake(node, node.at, fmt::format("`{}`{}", written.text(), found));
  }

  void check_flag(Node& node, const Written& written) {
    if (node.type == Node::Type::boolean || node.text == "auto") return;
    mistake(node, node.at,
            fmt::format("`{}` must be {}, not {}", written.text(), wanted_type(Kind::flag),
                        quoted(node.text)));
  }

  void wrong_type(Node& node, std::string_view wanted, const Subject& subject) {
    mistake(node, node.at,
            fmt::format("{} must be {}, not {}", subject.text(), wanted, type_name(node.type)));
  }

  void mistake(Node& node, Where at, std::string message) {
    node.valid = false;
    report_.add(at, std::move(message));
  }

  Report& report_;
};

}  // namespace

bool validate(Node& document, Report& report) {
  const Node* schema = document.find("schema");
  if (schema != nullptr && schema->type == Node::Type::integer && schema->integer > kSchema) {
    report.add(schema->at, fmt::format("schema {} is newer than this devbox understands ({})",
                                       schema->integer, kSchema));
    document.children.clear();
    return false;
  }
  Validator(report).check_table(document, {}, Written{});
  return true;
}

}  // namespace devbox::profile
