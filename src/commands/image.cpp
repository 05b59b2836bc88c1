#include "commands/image.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "commands/commands.hpp"
#include "commands/pin.hpp"
#include "commands/progress.hpp"
#include "store/inventory.hpp"
#include "store/owned.hpp"
#include "store/removal.hpp"
#include "util/json.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {

// The escapes of JSON are among TOML's own.
std::string toml_string(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

store::Pinned store_of(const host::Host& host) { return store::Pinned(host.dirs.data); }

store::Pinned owned_store_of(const host::Host& host) {
  return store::Pinned(store::owned_directory(host.dirs.data),
                       std::make_shared<const store::Ids>(host));
}

std::vector<store::StoredTree> Stores::inventory() const {
  std::vector<store::StoredTree> all = store::inventory(both_[0]);
  for (store::StoredTree& tree : store::inventory(both_[1])) all.push_back(std::move(tree));
  return all;
}

store::Usage Stores::usage(const std::vector<store::StoredTree>& trees) const {
  std::vector<std::string> digests[2];
  for (const store::StoredTree& tree : trees) digests[tree.owners ? 1 : 0].push_back(tree.tree);
  store::Usage usage = store::usage(both_[0], digests[0]);
  usage.add(store::usage(both_[1], digests[1]), digests[0].size());
  return usage;
}

std::uint64_t Stores::sweep() const {
  return store::sweep(both_[0]).files + store::sweep(both_[1]).files;
}

store::Imported import(const store::Pinned& store, const host::Installation& installation,
                       const std::string& file, const std::string& expected, Telling telling) {
  store::Imported imported;
  {
    ProgressLine line(telling);
    imported = store::import_archive(store, installation.image, file, expected,
                                     [&](const store::Step& step) { line.show(step); });
  }
  say_notes(imported);
  return imported;
}

void say_notes(const store::Imported& imported) {
  for (const std::string& note : imported.notes)
    std::fputs(fmt::format("devbox: {}\n", note).c_str(), stderr);
}

// Needs no trust: what is fetched or unpacked lies in the user's own store, where no box sees it
// yet.
int pull(const cli::Pull& verb) {
  cli::BoxOptions options;
  options.profile = verb.profile;
  const Subject subject = resolve(options);
  if (verb.locked) require_pinned(subject);
  if (!profile::is_stored(subject.resolved.kind)) {
    std::fputs("devbox: nothing to do: the profile's image is used as it is\n", stderr);
    return 0;
  }
  return print(pinned_image(subject, Missing::unpack, telling(verb.quiet)).tree.root + "\n");
}

int image_import(const cli::ImageImport& verb) {
  const host::Host host = host::probe();
  const std::string file = path::absolute(verb.file, host.cwd);
  const store::Imported imported = import(store_of(host), host::installation(), file, "");
  std::fputs(fmt::format("devbox: {} names, {}; to pin it, write under [image]:\n", imported.names,
                         size_text(imported.bytes))
                 .c_str(),
             stderr);
  return print(fmt::format("source = {}\ndigest = \"sha256:{}\"\n", toml_string("tar:" + file),
                           imported.archive));
}

int image_list(const cli::ImageList& verb) {
  const Stores stores(host::probe());
  Json all = Json::array();
  std::string text;
  for (const store::Pinned& store : stores.both()) {
    const bool owners = store.ids() != nullptr;
    for (const store::PinnedTree& tree : store.list()) {
      all.push_back(tree.info);
      all.back()["owners"] = owners;
      text += fmt::format("{}  {:>10}  {}{}\n", printable(store::pin_text(tree)),
                          size_text(store::info_number(tree, "bytes")),
                          printable(store::info_text(tree, "source")),
                          owners ? store::kWithOwners : "");
    }
  }
  if (verb.json) return print(json_text(all));
  if (all.empty()) {
    std::fputs("devbox: no image is unpacked; `devbox image import FILE` unpacks one\n", stderr);
    return 0;
  }
  return print(text);
}

}  // namespace devbox::commands
