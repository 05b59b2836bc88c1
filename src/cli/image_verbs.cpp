#include "cli/image_verbs.hpp"

#include <fmt/format.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "profile/size.hpp"
#include "util/text.hpp"

namespace devbox::cli {
namespace {

std::uint64_t parse_size(const char* option, const std::string& text) {
  const profile::Size size = profile::parse_size(text);
  if (size.outcome == profile::Size::Outcome::good) return size.bytes;
  wrong(fmt::format("{} {}: {}", option, printable(text),
                    size.outcome == profile::Size::Outcome::too_large ? "too large" : "no size"),
        "a number with a unit, such as 20GiB");
}

}  // namespace

Finish prepare_import(const Parser& parser) {
  auto verb = std::make_shared<ImageImport>();
  parser.app.add_option("FILE", verb->file, "A tar archive: plain, or by gzip, xz, zstd or bzip2")
      ->required();
  return [verb](const Words&) -> Invocation { return *verb; };
}

template <class Kind>
Finish prepare_export(const Parser& parser) {
  constexpr bool kPush = std::is_same_v<Kind, ImagePush>;
  auto verb = std::make_shared<Kind>();
  CLI::Option* option = nullptr;
  if (parser.wants("-p") || parser.wants("--profile")) {
    option = parser.app.add_option("-p,--profile", verb->profile,
                                   "The image that this profile pins, in the place of IMAGE");
  }
  if (parser.wants("--compression")) {
    parser.app.add_option("--compression", verb->compression, "Of the layer: gzip, zstd or none")
        ->check(CLI::IsMember({"gzip", "zstd", "none"}));
  }
  parser.app.add_option("IMAGE", verb->image, "A source as `image ls` has it, or a digest")
      ->required();
  parser.app.add_option(
      "DEST", verb->destination,
      kPush ? "docker://REFERENCE" : "oci:DIR[:TAG], oci-archive:FILE[:TAG] or tar:FILE");
  return [verb, option](const Words&) -> Invocation {
    const bool of_profile = option != nullptr && option->count() > 0;
    if (of_profile == verb->destination.empty()) {
      if (of_profile) verb->destination = std::exchange(verb->image, {});
      return *verb;
    }
    wrong(of_profile ? "with -p there is no IMAGE: only where it goes"
                     : "there must be an IMAGE, and where it goes",
          kPush ? "devbox image push IMAGE docker://REFERENCE"
                : "devbox image export IMAGE oci:DIR[:TAG]");
  };
}
template Finish prepare_export<ImageExport>(const Parser& parser);
template Finish prepare_export<ImagePush>(const Parser& parser);

Finish prepare_remove(const Parser& parser) {
  auto verb = std::make_shared<ImageRemove>();
  parser.app.add_option("IMAGE", verb->images, "A source as `image ls` has it, or a digest")
      ->required();
  add_flag(parser, "--json", verb->json, "As JSON");
  return [verb](const Words&) -> Invocation { return *verb; };
}

Finish prepare_verify(const Parser& parser) {
  auto verb = std::make_shared<ImageVerify>();
  parser.app.add_option("IMAGE", verb->images,
                        "A source as `image ls` has it, or a digest (default: all)");
  add_flag(parser, "--repair", verb->repair, "Mend what differs");
  add_flag(parser, "--json", verb->json, "As JSON");
  return [verb](const Words&) -> Invocation {
    if (verb->images.size() == 1 && verb->images[0] == "all") verb->images.clear();
    return *verb;
  };
}

Finish prepare_collect(const Parser& parser) {
  constexpr std::uint32_t kMostDays = 100'000;
  auto verb = std::make_shared<ImageCollect>();
  auto size = std::make_shared<std::string>();
  if (parser.wants("--keep-days")) {
    parser.app
        .add_option("--keep-days", verb->keep_days, "Remove images that were not used for N days")
        ->check(CLI::Range(0U, kMostDays));
  }
  if (parser.wants("--max-size")) {
    parser.app.add_option("--max-size", *size,
                          "Remove what was used longest ago until the store has this size");
  }
  add_flag(parser, "--dry-run", verb->dry_run, "Say what would go; remove nothing");
  add_flag(parser, "--json", verb->json, "As JSON");
  return [verb, size](const Words&) -> Invocation {
    if (!size->empty()) verb->max_bytes = parse_size("--max-size", *size);
    return *verb;
  };
}

}  // namespace devbox::cli
