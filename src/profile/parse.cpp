#include "profile/parse.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "profile/key_depth.hpp"

namespace devbox::profile {

// toml++ 3.3 asserts what some input violates ("[[[a]]]") and then reads on, past a null pointer at
// worst. Every such assertion stays on in every build and throws, so that the input is merely not
// TOML.
namespace {
struct ParserFault {};
[[noreturn]] void refuse() { throw ParserFault(); }
}  // namespace

}  // namespace devbox::profile

#undef NDEBUG  // else toml++ drops TOML_ASSERT, or tells the compiler to believe it
#define TOML_ASSERT(expr) ((expr) ? static_cast<void>(0) : ::devbox::profile::refuse())
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32  // no value of a profile nests deeper than three
#include <toml++/toml.h>

namespace devbox::profile {

namespace {

// Deeper than any key of the format: what lies below is inside a value that is refused anyway.
constexpr int kDeepest = 8;

class Reader {
 public:
  explicit Reader(std::uint32_t file) : file_(file) {}

  Node read(const toml::node& source, int depth = 0) const {
    Node node;
    node.at = where(source.source());
    read_value(source, node);
    if (depth >= kDeepest) return node;
    if (const toml::table* table = source.as_table()) {
      for (auto&& [key, value] : *table) {
        Node child = read(value, depth + 1);
        child.key = key.str();
        child.key_at = where(key.source());
        node.children.push_back(std::move(child));
      }
    }
    if (const toml::array* array = source.as_array()) {
      for (const toml::node& value : *array) node.children.push_back(read(value, depth + 1));
    }
    return node;
  }

  Where where(const toml::source_region& region) const {
    return {file_, region.begin.line, region.begin.column};
  }

 private:
  static void read_value(const toml::node& source, Node& node) {
    switch (source.type()) {
      case toml::node_type::none:
      case toml::node_type::table:
        node.type = Node::Type::table;
        break;
      case toml::node_type::array:
        node.type = Node::Type::array;
        break;
      case toml::node_type::string:
        node.type = Node::Type::string;
        node.text = source.as_string()->get();
        break;
      case toml::node_type::integer:
        node.type = Node::Type::integer;
        node.integer = source.as_integer()->get();
        break;
      case toml::node_type::floating_point:
        node.type = Node::Type::floating;
        node.floating = source.as_floating_point()->get();
        break;
      case toml::node_type::boolean:
        node.type = Node::Type::boolean;
        node.boolean = source.as_boolean()->get();
        break;
      case toml::node_type::date:
        node.type = Node::Type::date;
        break;
      case toml::node_type::time:
        node.type = Node::Type::time;
        break;
      case toml::node_type::date_time:
        node.type = Node::Type::date_time;
        break;
    }
  }

  std::uint32_t file_;
};

// The first line that makes the parser fail an assertion: with it the text does so, without it not
// yet.
unsigned faulty_line(std::string_view toml) {
  std::vector<std::size_t> ends;  // behind each line
  for (std::size_t end = 0; end < toml.size(); ends.push_back(end)) {
    end = std::min(toml.find('\n', end), toml.size() - 1) + 1;
  }
  const auto is_sound = [&](std::size_t end) {
    try {
      static_cast<void>(toml::parse(toml.substr(0, end)));
    } catch (const toml::parse_error&) {
      return true;
    } catch (const ParserFault&) {
      return false;
    }
    return true;
  };
  const auto line = std::partition_point(ends.begin(), ends.end(), is_sound);
  return static_cast<unsigned>(line - ends.begin()) + 1;
}

}  // namespace

std::optional<Node> parse(std::string_view bytes, std::uint32_t file, Report& report) {
  if (const std::optional<Spot> spot = too_deep_key(bytes)) {
    report.add({file, spot->line, spot->column},
               fmt::format("a key has more than {} parts", kMaxKeyParts));
    return std::nullopt;
  }
  const Reader reader(file);
  try {
    return reader.read(toml::parse(bytes));
  } catch (const toml::parse_error& error) {
    report.add(reader.where(error.source()), std::string(error.description()));
  } catch (const ParserFault&) {
    report.add({file, faulty_line(bytes), 1}, "this line is not TOML");
  }
  return std::nullopt;
}

}  // namespace devbox::profile
