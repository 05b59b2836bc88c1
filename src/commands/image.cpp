#include "commands/image.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "commands/commands.hpp"
#include "store/inventory.hpp"
#include "util/error.hpp"
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

std::string size_text(std::uint64_t bytes) {
  constexpr double kMega = 1e6;
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / kMega);
}

store::Pinned store_of(const host::Host& host) { return store::Pinned(host.dirs.data); }

store::Imported import(const host::Host& host, const host::Installation& installation,
                       const std::string& file, const std::string& expected) {
  const bool on_terminal = ::isatty(STDERR_FILENO) == 1;
  const auto clear_line = [&] {
    if (on_terminal) std::fputs("\r\x1b[K", stderr);
  };
  const auto progress = [&](std::uint64_t names, std::uint64_t bytes) {
    if (!on_terminal) return;
    clear_line();
    std::fputs(fmt::format("devbox: unpacking: {} names, {}", names, size_text(bytes)).c_str(),
               stderr);
  };
  try {
    store::Imported imported =
        store::import_archive(store_of(host), installation.image, file, expected, progress);
    clear_line();
    for (const std::string& note : imported.notes)
      std::fputs(fmt::format("devbox: {}\n", note).c_str(), stderr);
    return imported;
  } catch (const Error&) {
    clear_line();
    throw;
  }
}

store::HeldTree pinned_tree(const Subject& subject, Missing missing) {
  const std::string& file = subject.resolved.root_source;
  const std::string& sha256 = subject.resolved.archive_sha256;
  const store::Pinned store = store_of(subject.host);
  const std::string key = store::archive_key(sha256);
  if (std::optional<store::HeldTree> tree = store.hold(key)) return std::move(*tree);
  if (missing == Missing::refuse) {
    throw Error(fmt::format("the image {} is not unpacked yet", printable(file)),
                fmt::format("`devbox pull -p {}` unpacks it", printable(subject.profile.path)));
  }
  import(subject.host, subject.installation, file, sha256);
  if (std::optional<store::HeldTree> tree = store.hold(key)) return std::move(*tree);
  throw Error(fmt::format("the image {} was unpacked, and is not there", printable(file)),
              "another process removed it; try again");
}

// Needs no trust: an archive is read into the user's own store, where no box sees it yet.
int pull(const cli::Pull& verb) {
  cli::BoxOptions options;
  options.profile = verb.profile;
  const Subject subject = resolve(options);
  if (subject.resolved.archive_sha256.empty()) {
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
