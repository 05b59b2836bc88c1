#include "store/export.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "store/digest.hpp"
#include "store/helper.hpp"
#include "store/packed.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

using profile::SourceKind;

Json target_json(const ExportTarget& target) {
  switch (target.kind) {
    case SourceKind::tar:
      return {{"archive", target.path}, {"plain", true}};
    case SourceKind::oci:
      return {{"layout", target.path}, {"tag", target.tag}};
    case SourceKind::oci_archive:
      return {{"archive", target.path}, {"tag", target.tag}};
    default:
      break;
  }
  return {{"registry", target.reference.registry},
          {"repository", target.reference.repository},
          {"tag", target.reference.tag},
          {"insecure", target.settings.insecure}};
}

Step step_of(const Finding& finding) {
  Step step;
  step.doing = finding.text("doing");
  if (finding.number("bytes") == 0) return step;
  step.size = fmt::format("{} of {}", megabytes(finding.number("bytes")),
                          megabytes(finding.number("total")));
  return step;
}

Exported exported_of(const Answer& answer, const char* doing) {
  if (answer.status != 0) throw helper_failed(doing, answer);
  const std::optional<Json> said = parse_json(answer.output);
  if (!said || !said->is_object()) throw helper_failed(doing, answer);
  const Finding found(*said);
  Exported exported{.digest = found.text("digest"),
                    .layer = found.text("layer"),
                    .layer_size = found.number("size"),
                    .layer_sent = said->value("layer_sent", Json(false)) == Json(true)};
  if (!is_digest(exported.digest) || !is_digest(exported.layer)) throw helper_failed(doing, answer);
  return exported;
}

}  // namespace

ExportSource export_source(const StoredTree& tree, const std::string& platform) {
  ExportSource source{.tree = tree.tree, .platform = platform, .config = {}};
  for (const PinnedTree& one : tree.sources) {
    const auto config = one.info.find("config");
    if (config == one.info.end()) continue;
    source.config = parse_config(*config);
    const std::string made_for = info_text(one, "platform");
    if (!made_for.empty()) source.platform = made_for;
    break;
  }
  return source;
}

Exported export_tree(const Pinned& store, const std::string& image, const ExportSource& source,
                     const ExportTarget& target, const Progress& progress) {
  const std::optional<HeldTree> held = store.hold_tree(source.tree);
  if (!held) {
    throw Error(fmt::format("the store has no tree sha256:{} any more", source.tree),
                "`devbox image ls` lists what it has");
  }
  const Pinned::Staging staging = store.stage();
  const std::string directory = path::parent(held->root);
  Json asked = {{"tree", source.tree},
                {"platform", source.platform},
                {"compression", target.compression},
                {"scratch", staging.path()},
                {"config", config_json(source.config)},
                {"to", target_json(target)}};
  const bool is_push = target.kind == SourceKind::docker;
  if (std::optional<Json> packed = packed_before(directory, target.compression); packed && is_push)
    asked["packed"] = std::move(*packed);
  const Fd recipe = json_file(asked);
  const Answer answer = ask(with_owners({image, "export", directory}, store), recipe.get(),
                            [&](const Finding& finding) {
                              if (!finding.text("doing").empty()) progress(step_of(finding));
                            });
  Exported exported = exported_of(answer, is_push ? "push the image" : "export the image");
  remember_packed(directory, target.compression, *parse_json(answer.output));
  return exported;
}

}  // namespace devbox::store
