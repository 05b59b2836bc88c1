#include "commands/image.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "commands/commands.hpp"
#include "commands/pin.hpp"
#include "commands/progress.hpp"
#include "store/inventory.hpp"
#include "util/json.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

// A basic string of TOML ("String"): the escapes of JSON are among its own.
std::string toml_string(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

store::Pinned store_of(const host::Host& host) { return store::Pinned(host.dirs.data); }

store::Imported import(const host::Host& host, const host::Installation& installation,
                       const std::string& file, const std::string& expected) {
  store::Imported imported;
  {
    ProgressLine line;
    imported = store::import_archive(store_of(host), installation.image, file, expected,
                                     [&](const store::Step& step) { line.show(step); });
  }
  for (const std::string& note : imported.notes)
    std::fputs(fmt::format("devbox: {}\n", note).c_str(), stderr);
  return imported;
}

// Needs no trust: what is fetched or unpacked lies in the user's own store, where no box sees it
// yet.
int pull(const cli::Pull& verb) {
  cli::BoxOptions options;
  options.profile = verb.profile;
  const Subject subject = resolve(options);
  if (!is_stored(subject.resolved)) {
    std::fputs("devbox: nothing to do: the profile's image is used as it is\n", stderr);
    return 0;
  }
  return print(pinned_tree(subject, Missing::unpack).root + "\n");
}

int image_import(const cli::ImageImport& verb) {
  const host::Host host = host::probe();
  const std::string file = path::absolute(verb.file, host.cwd);
  const store::Imported imported = import(host, host::installation(), file, "");
  std::fputs(fmt::format("devbox: {} names, {}; to pin it, write under [image]:\n", imported.names,
                         size_text(imported.bytes))
                 .c_str(),
             stderr);
  return print(fmt::format("source = {}\ndigest = \"sha256:{}\"\n", toml_string("tar:" + file),
                           imported.archive));
}

int image_list(const cli::ImageList& verb) {
  const std::vector<store::PinnedTree> trees = store_of(host::probe()).list();
  if (verb.json) {
    Json all = Json::array();
    for (const store::PinnedTree& tree : trees) all.push_back(tree.info);
    return print(json_text(all));
  }
  if (trees.empty()) {
    std::fputs("devbox: no image is unpacked; `devbox image import FILE` unpacks one\n", stderr);
    return 0;
  }
  std::string text;
  for (const store::PinnedTree& tree : trees) {
    text += fmt::format("{}  {:>10}  {}\n", printable(store::info_text(tree, "archive")),
                        size_text(store::info_number(tree, "bytes")),
                        printable(store::info_text(tree, "source")));
  }
  return print(text);
}

}  // namespace devbox::commands
