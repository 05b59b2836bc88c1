// devbox-image: what meets bytes from elsewhere. devbox runs it; nobody else need.
//
//   devbox-image unpack DIRECTORY             unpacks the archive on standard input into
//       DIRECTORY/root, with DIRECTORY/manifest beside it, and prints {"archive": SHA-256}
//   devbox-image bootstrap DIRECTORY          the same of an archive that it has made first, of
//       Debian packages, by the recipe on standard input (image/debian.hpp); prints {"packages"}
//       too
//   devbox-image simulate DIRECTORY           by such a recipe, of which nothing is fetched but
//   apt's
//       lists, prints {"packages": [{"name", "version"}]} that would be installed
//   devbox-image resolve                      asks a registry what the reference of the recipe on
//       standard input (image/source.hpp) stands for, and prints {"index", "platforms":
//       {"linux/amd64": {"manifest", "config", "layers", "diff_ids", "env", "cwd", "user"}}}
//   devbox-image pull DIRECTORY               the same of the layers of the image that such a
//   recipe
//       names; prints what resolve does of one platform, and {"archive"}, its manifest's digest,
//       and {"file"}, that of the file where it came in one
//   devbox-image fetch DIRECTORY              unpacks the archive at the URL of the recipe on
//       standard input (image/download.hpp); prints as unpack does
//   devbox-image hash                         fetches the same and keeps nothing of it; prints
//       {"archive"} too
//   devbox-image layer DIRECTORY N SHA-256    unpacks layer N, on standard input, which must have
//       that digest once it is plain, for pull, which starts it
//   devbox-image assemble DIRECTORY LAYERS    makes DIRECTORY/root of so many of them, for pull too
//   devbox-image share STORE TREE SCRATCH     lets TREE/root share files with the other trees of
//       STORE (image/share.hpp); TREE and SCRATCH are relative to it
//   devbox-image verify DIRECTORY SHA-256     compares DIRECTORY/root with DIRECTORY/manifest,
//       which must have that digest
//   devbox-image compare FIRST SECOND         compares what is in two directories
//       (image/compare_trees.hpp)
//   devbox-image changes LOWER UPPER          what UPPER, which a box has written over LOWER, has
//       beyond it; the recipe on standard input (image/program/layered.hpp) says what LOWER is
//   devbox-image commit DIRECTORY             as unpack, of an archive of such two together, which
//       such a recipe names as "lower" and "upper"
//   devbox-image export DIRECTORY             makes of DIRECTORY/root what the recipe on standard
//       input (image/program/export.cpp) says: an archive, an OCI layout, or an image in a
//       registry; prints {"digest", "layer", "size", "layer_sent", "config_sent"}
//
// unpack, fetch, bootstrap, pull, assemble, changes, commit, verify and export take a last
// argument, OWNERS (host/owners.hpp): then the tree's files have those whom the archive says, as
// these ids; without it all are the user's.
//
// What it finds it writes to descriptor 3, a JSON object a line. unpack: {"names", "bytes"} now and
// then, and at the end {"tree", "plain", "names", "bytes", "notes"}: the digests with and without
// ownership. bootstrap: {"doing", "done", "total", "size"} before. pull: {"layer", "layers",
// "fetched", "size", "digest", "waiting"} of each layer before, "waiting" 1 until it is begun, and
// of all at the beginning; fetch and hash: the same of one that has no "digest" but a "name".
// share: {"taken", "taken_bytes", "damaged", "alone", "reason"}. verify:
// {"bytes"} now and then, {"path", "differs"} for what differs, and at the end {"files", "read"},
// which are left out where the manifest is not the one that is meant. compare: {"path", "what",
// "first", "second"} of what differs, and of its content {"path", "what", "offset", "sizes",
// "differing_bytes", "where", "text"}; at the end {"same", "files", "bytes"}. changes: {"path",
// "change", "type", "size", "what", "text"} of each, and at the end {"bytes", "sockets"}. export:
// {"doing", "bytes", "total"} now and then. Each: {"error", "hint", "errno"} where it fails.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "host/process.hpp"
#include "image/program/say.hpp"

namespace devbox::image {
namespace {

using Words = std::vector<std::string>;

// Those that may take OWNERS, as their last argument.
std::optional<int> with_owners(const Words& words) {
  const auto is = [&](const char* verb, std::size_t count) {
    return words[0] == verb && (words.size() == count || words.size() == count + 1);
  };
  const auto owners_at = [&](std::size_t at) {
    return words.size() > at ? Owners(host::parse_owners(words[at])) : std::nullopt;
  };
  if (is("unpack", 2)) return unpack_command(words[1], owners_at(2));
  if (is("pull", 2)) return pull_command(words[1], words.size() > 2 ? words[2] : "");
  if (is("fetch", 2)) return fetch_command(words[1], owners_at(2));
  if (is("assemble", 3)) return assemble_command(words[1], std::stoul(words[2]), owners_at(3));
  if (is("bootstrap", 2)) return bootstrap_command(words[1], owners_at(2));
  if (is("changes", 3)) return changes_command(words[1], words[2], owners_at(3));
  if (is("commit", 2)) return commit_command(words[1], owners_at(2));
  if (is("verify", 3)) return verify_command(words[1], words[2], owners_at(3));
  if (is("export", 2)) return export_command(words[1], owners_at(2));
  return std::nullopt;
}

std::optional<int> without_owners(const Words& words) {
  const auto is = [&](const char* verb, std::size_t count) {
    return words[0] == verb && words.size() == count;
  };
  if (is("hash", 1)) return hash_command();
  if (is("layer", 4)) return layer_command(words[1], {std::stoul(words[2]), words[3]});
  if (is("simulate", 2)) return simulate_command(words[1]);
  if (is("resolve", 1)) return resolve_command();
  if (is("share", 4)) return share_command(words[1], words[2], words[3]);
  if (is("compare", 3)) return compare_command(words[1], words[2]);
  return std::nullopt;
}

int run(const Words& words) {
  if (!words.empty()) {
    if (const std::optional<int> status = with_owners(words)) return *status;
    if (const std::optional<int> status = without_owners(words)) return *status;
  }
  std::fputs("devbox-image: a part of devbox, which starts it\n", stderr);
  return 2;
}

}  // namespace
}  // namespace devbox::image

int main(int argc, char** argv) {
  try {
    const devbox::host::KeepStatus keep_status;
    return devbox::image::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fputs(fmt::format("devbox-image: {}\n", error.what()).c_str(), stderr);
    return 1;
  }
}
