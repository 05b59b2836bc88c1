// Any bytes as a file of settings: what is merged into it is then in it, once and for all, and it
// is still one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "editor/jsonc_merge.hpp"
#include "editor/jsonc_tree.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Without white space, comments and commas before brackets: what other readers make of it.
std::string plain(std::string_view text) {
  using devbox::editor::JsonStep;
  devbox::editor::JsonWalk walk(text, devbox::editor::JsonDialect::with_comments);
  std::string result;
  for (;;) {
    const JsonStep step = walk.next();
    const bool closes = step.kind == JsonStep::Kind::close;
    if (step.kind == JsonStep::Kind::end || step.kind == JsonStep::Kind::wrong) return result;
    if (!closes && !result.empty() &&
        std::string_view("{[:").find(result.back()) == std::string::npos)
      result += ',';
    result += text.substr(step.begin, step.end - step.begin);
    if (step.kind == JsonStep::Kind::key) result += ':';
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace devbox::editor;
  static const devbox::Json kWanted = *devbox::parse_json(
      R"({"a": {"b": [1, {"c": "x"}], "d": true}, "path": {"binary": "devbox"}, "a.b": "c"})");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto mistake = jsonc_mistake(text);
  if (mistake) {
    require(mistake->line > 0 && mistake->column > 0);
    return 0;
  }
  const std::string merged = jsonc_merged(text, kWanted);
  require(!jsonc_mistake(merged));
  require(jsonc_merged(merged, kWanted) == merged);
  const JsoncFile file = read_jsonc(merged);
  require(file.root.has_value());
  const std::string_view root(std::string_view(merged).substr(file.root->begin));
  // Strings may have bytes that are no UTF-8, which nobody else reads.
  if (const auto parsed = devbox::parse_foreign_json(plain(root))) {
    require((*parsed)["path"]["binary"] == "devbox" && (*parsed)["a.b"] == "c");
    require((*parsed)["a"]["b"] == devbox::ForeignJson::parse(R"([1, {"c": "x"}])"));
  }
  return 0;
}
