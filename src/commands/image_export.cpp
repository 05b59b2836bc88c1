// image export and push: a tree of the store for others.
#include <fmt/format.h>

#include <cstdio>
#include <utility>
#include <vector>

#include "commands/commands.hpp"
#include "commands/image.hpp"
#include "commands/pin.hpp"
#include "commands/progress.hpp"
#include "host/platform.hpp"
#include "profile/image_reference.hpp"
#include "profile/image_source.hpp"
#include "store/export.hpp"
#include "store/registries_file.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using profile::SourceKind;

[[noreturn]] void wrong_target(const std::string& text, const std::string& why,
                               const std::string& hint) {
  throw Error(fmt::format("cannot export to {}: {}", printable(text), why), hint,
              Error::Kind::usage);
}

// oci:DIR[:TAG], oci-archive:FILE[:TAG] or tar:FILE.
store::ExportTarget file_target(const cli::ImageExport& verb, const host::Host& host) {
  const std::string& text = verb.destination;
  const auto source = profile::parse_source(text);
  const bool known =
      source && (source->kind == SourceKind::tar || source->kind == SourceKind::oci ||
                 source->kind == SourceKind::oci_archive);
  if (!known) {
    wrong_target(text, "it is of no form that is known",
                 text.starts_with("docker://")
                     ? "`devbox image push` sends it to a registry"
                     : "oci:DIR[:TAG], oci-archive:FILE[:TAG] or tar:FILE");
  }
  store::ExportTarget target;
  target.kind = source->kind;
  std::string place(source->reference);
  if (target.kind != SourceKind::tar) target.tag = profile::take_tag(place);
  if (place.empty()) wrong_target(text, "it names no file", "tar:debian.tar, oci:images:debian");
  target.path = path::absolute(place, host.cwd);
  target.compression = !verb.compression.empty()        ? verb.compression
                       : target.kind == SourceKind::tar ? "none"
                                                        : "gzip";
  return target;
}

store::ExportTarget registry_target(const cli::ImagePush& verb, const host::Host& host) {
  constexpr std::string_view kDocker = "docker://";
  const std::string& text = verb.destination;
  if (!text.starts_with(kDocker)) {
    wrong_target(text, "it is no registry's",
                 "docker://HOST/REPOSITORY:TAG; `devbox image export` writes files");
  }
  const profile::ParsedReference parsed =
      profile::parse_image_reference(std::string_view(text).substr(kDocker.size()));
  if (!parsed.reference) wrong_target(text, parsed.mistake, "docker://HOST/REPOSITORY:TAG");
  if (!parsed.reference->digest.empty())
    wrong_target(text, "what is pushed gets the digest that it has", "leave `@sha256:…` out");
  store::ExportTarget target;
  target.kind = SourceKind::docker;
  target.reference = *parsed.reference;
  target.compression = verb.compression.empty() ? "gzip" : verb.compression;
  const profile::Registries all = store::read_registries(host);
  const auto found = all.find(target.reference.registry);
  if (found != all.end()) target.settings = found->second;
  return target;
}

// A tree, the store that has it, and, where a profile led to it, what holds it there.
struct Chosen {
  store::Pinned store;
  store::ExportSource source;
  store::HeldTree held;
};

Chosen pinned_by(const std::string& profile) {
  cli::BoxOptions options;
  options.profile = profile;
  const Subject subject = resolve(options);
  if (!profile::is_stored(subject.resolved.kind)) {
    throw Error(fmt::format("the image of {} is not in the store: it is used as it is",
                            printable(subject.profile.path)),
                "`devbox image import` takes an archive of it into the store");
  }
  PinnedImage image = pinned_image(subject, Missing::refuse);
  store::ExportSource source{.tree = path::filename(path::parent(image.tree.root)),
                             .platform = platform_of(subject),
                             .config = std::move(image.config)};
  return {store_for(subject), std::move(source), std::move(image.tree)};
}

Chosen named(const std::string& word, const host::Host& host) {
  const Stores stores(host);
  const std::vector<store::StoredTree> found = store::select_in_each(stores.inventory(), word);
  if (found.size() > 1 && found[0].tree != found[1].tree) {
    throw Error(fmt::format("{} is there with owners and without, and these are two trees",
                            printable(word)),
                fmt::format("name one by its digest: {} {}", found[0].tree, found[1].tree));
  }
  return {stores.of(found[0]), store::export_source(found[0], host::platform().name), {}};
}

store::Exported send(const Chosen& chosen, const store::ExportTarget& target) {
  ProgressLine line;
  return store::export_tree(chosen.store, host::installation().image, chosen.source, target,
                            [&](const store::Step& step) { line.show(step); });
}

template <class Verb>
Chosen chosen_by(const Verb& verb, const host::Host& host) {
  return verb.image.empty() ? pinned_by(verb.profile) : named(verb.image, host);
}

void say(const std::string& line) { std::fputs(("devbox: " + line + "\n").c_str(), stderr); }

}  // namespace

int image_export(const cli::ImageExport& verb) {
  const host::Host host = host::probe();
  const store::ExportTarget target = file_target(verb, host);
  const store::Exported made = send(chosen_by(verb, host), target);
  say(fmt::format("{} is written, {}; to pin it, write under [image]:", printable(verb.destination),
                  size_text(made.layer_size)));
  const auto source = profile::parse_source(verb.destination);
  std::string place = std::string(source->prefix) + target.path;
  if (!target.tag.empty()) place += ":" + target.tag;
  return print(
      fmt::format("source = {}\ndigest = \"sha256:{}\"\n", toml_string(place), made.digest));
}

int image_push(const cli::ImagePush& verb) {
  const host::Host host = host::probe();
  const store::ExportTarget target = registry_target(verb, host);
  const store::Exported made = send(chosen_by(verb, host), target);
  say(fmt::format("the layer sha256:{} ({}) {}", made.layer, size_text(made.layer_size),
                  made.layer_sent ? "was sent" : "was there already"));
  profile::ImageReference pushed = target.reference;
  pushed.tag.clear();
  pushed.digest = made.digest;
  return print("docker://" + pushed.text() + "\n");
}

}  // namespace devbox::commands
