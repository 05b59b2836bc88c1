#include "store/written.hpp"

#include <fmt/format.h>

#include <utility>

#include "store/digest.hpp"
#include "store/helper.hpp"
#include "store/owned.hpp"
#include "util/error.hpp"
#include "util/path.hpp"

namespace devbox::store {
namespace {

Json recipe_of(const WrittenRoot& root) {
  Json recipe = {{"generated", root.generated}};
  if (!root.tree.empty()) recipe.update({{"tree", "sha256:" + root.tree}, {"owned", root.owned}});
  return recipe;
}

std::string path_in(const Finding& finding) {
  std::string path = "/" + finding.text("path");
  for (const std::uint64_t byte : finding.numbers("path")) path += static_cast<char>(byte);
  return path;
}

WrittenChange change_in(const Finding& finding) {
  return {.path = path_in(finding),
          .change = finding.text("change"),
          .type = finding.text("type"),
          .size = finding.number("size"),
          .what = finding.texts("what"),
          .text = finding.text("text")};
}

}  // namespace

WrittenRoot written_over(const std::string& root, const std::string& data,
                         const std::string& upper) {
  WrittenRoot written{.upper = upper, .lower = root, .tree = {}, .owners = {}};
  const std::string pinned = path::parent(root);
  if (!path::is_within(root, data) || !is_digest(path::filename(pinned))) return written;
  written.lower = pinned;
  written.tree = path::filename(pinned);
  written.owned = has_owners(root, data);
  return written;
}

Changes changes(const std::string& image, const WrittenRoot& root,
                const std::function<void(const WrittenChange&)>& use) {
  std::vector<std::string> argv = {image, "changes", root.lower, root.upper};
  if (root.owners) argv.push_back(host::owners_text(*root.owners));
  const Fd recipe = json_file(recipe_of(root));
  const Answer answer = ask(argv, recipe.get(), [&](const Finding& finding) {
    if (finding.has("change")) use(change_in(finding));
  });
  if (answer.status != 0) throw helper_failed("compare the persistent root with its image", answer);
  return {.bytes = answer.last.number("bytes"), .sockets = answer.last.number("sockets")};
}

std::string committed_key(std::string_view tree) { return fmt::format("{}{}", kCommitted, tree); }

Imported commit(const Pinned& store, const std::string& image, const WrittenRoot& root,
                const std::string& name, const Json& more, const Progress& progress) {
  Json recipe = recipe_of(root);
  recipe.update({{"lower", root.lower}, {"upper", root.upper}});
  const Fd file = json_file(recipe);
  return import_stream(store, image,
                       {.fd = file.get(), .shown = name, .expected = {}, .verb = "commit"},
                       progress, [&](const Imported& imported) {
                         return Label{committed_key(imported.tree), "commit:" + name, more};
                       });
}

}  // namespace devbox::store
