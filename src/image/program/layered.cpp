#include "image/program/layered.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "host/cannot.hpp"
#include "image/content.hpp"
#include "image/parents.hpp"
#include "image/program/say.hpp"
#include "image/program/stored.hpp"
#include "image/read_manifest.hpp"
#include "image/recipe.hpp"
#include "image/sha256.hpp"
#include "kernel/file.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

EntryKind kind_named(const std::string& word) {
  if (word == "directory") return EntryKind::directory;
  if (word == "file") return EntryKind::file;
  if (word != "symlink") wrong_recipe("generated");
  return EntryKind::symlink;
}

std::uint64_t number_member(const Json& recipe, const char* key) {
  const auto found = recipe.find(key);
  if (found == recipe.end() || !found->is_number_unsigned()) wrong_recipe(key);
  return found->get<std::uint64_t>();
}

Entries generated_in(const Json& recipe) {
  Entries entries;
  const auto list = recipe.find("generated");
  if (list == recipe.end()) return entries;
  if (!list->is_array()) wrong_recipe("generated");
  for (const Json& one : *list) {
    if (!one.is_object()) wrong_recipe("generated");
    Entry& entry = entries[text_member(one, "path")];
    entry.kind = kind_named(text_member(one, "kind"));
    entry.mode = static_cast<std::uint32_t>(number_member(one, "mode"));
    entry.size = number_member(one, "size");
    entry.text = text_member(one, "text");
    entry.uid = entry.gid = kAnyOwner;
  }
  return entries;
}

Entries manifest_entries(const std::string& tree) {
  const std::string manifest = manifest_of(".");
  if (sha256_of(manifest) != tree) {
    throw Error("the manifest of the tree is not the one that was written with it",
                "`devbox image verify --repair` mends the tree");
  }
  return read_manifest(manifest);
}

// Empty where it cannot be read: then it is another.
std::string digest_at(int root, const std::string& path, Sha256& hash) {
  const kernel::Sys<int> opened = kernel::open_parent(root, path.c_str());
  const Fd parent(opened.value);
  if (!opened) return {};
  return content_of(parent.get(), name_of(path).c_str(), hash).value.digest;
}

// Over what the tree has; its own directories stay what they are.
void lay(const Entries& generated, Entries& entries) {
  for (const auto& [path, entry] : generated) {
    const auto found = entries.find(path);
    const bool stays = found != entries.end() && entry.kind == EntryKind::directory &&
                       found->second.kind == EntryKind::directory;
    if (!stays) entries.insert_or_assign(path, entry);
  }
}

}  // namespace

LayeredRecipe parse_layered(const Json& recipe) {
  LayeredRecipe parsed;
  parsed.generated = generated_in(recipe);
  if (!recipe.contains("tree")) return parsed;
  parsed.tree = digest_member(recipe, "tree");
  parsed.kind = flag_member(recipe, "owned") ? Below::owned : Below::pinned;
  return parsed;
}

Layered::Layered(const std::string& lower, const std::string& upper, const LayeredRecipe& recipe,
                 const Owners& owners)
    : recipe_(recipe), upper_(confine_to_two(lower, upper, owners)) {
  die_with_parent();  // after confine: new credentials clear it (prctl(2), PR_SET_PDEATHSIG)
  const bool is_directory = recipe.kind == Below::directory;
  root_ = open_directory(is_directory ? "." : "root");
  // That of the mount can be no more than referred to.
  const Fd readable(::openat(upper_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!readable) throw host::cannot("read", "what the box has written", errno);
  written_ = read_upper(readable.get());
  below_ = is_directory ? read_below(root_.get(), written_) : manifest_entries(recipe.tree);
  lay(recipe.generated, below_);
  read_digests();
}

void Layered::read_digests() {
  const std::vector<std::string> paths = of_equal_size(below_, written_);
  std::vector<std::pair<Entry*, Entry*>> files;
  files.reserve(paths.size());
  for (const std::string& path : paths)
    files.emplace_back(&written_.names.at(path).entry, &below_.at(path));
  in_parallel(paths.size(), [&](std::size_t i, Sha256& hash) {
    const auto& [now, before] = files[i];
    now->text = digest_at(upper_.get(), paths[i], hash);
    if (before->text.empty()) before->text = digest_at(root_.get(), paths[i], hash);
  });
}

std::vector<UpperChange> Layered::changes() const {
  return image::changes(below_, written_, recipe_.kind);
}

void Layered::archive(const TarWriter::Sink& sink) const {
  const Merged merged = merge(below_, written_, recipe_.kind);
  const TreeFiles files{
      .root = root_.get(), .upper = upper_.get(), .first_written = merged.first_written};
  export_tree(merged.entries, files, sink, [](std::uint64_t) {});
}

}  // namespace devbox::image
