// An image made, unpacked or fetched, each kind of source in its own way.
#include <fmt/format.h>

#include <utility>

#include "commands/image.hpp"
#include "commands/pin.hpp"
#include "host/platform.hpp"
#include "profile/image_reference.hpp"
#include "store/bootstrap.hpp"
#include "store/fetch.hpp"
#include "store/registries_file.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using profile::SourceKind;

// `locked` is empty where it is what is newest.
struct DebianRecipe {
  store::Recipe recipe;
  store::Builder builder;
};
DebianRecipe debian_recipe(const Subject& subject, const profile::LockedImage& locked) {
  const host::Platform platform = host::platform();
  if (platform_of(subject) != platform.name) {
    throw Error(fmt::format("`debian:` is made on a machine of its platform: the profile asks for "
                            "{}, and this one is {}",
                            printable(platform_of(subject)), platform.name),
                "leave `image.platform` out, or take an image of a registry");
  }
  if (platform.debian.empty()) {
    throw Error(fmt::format("Debian has no architecture for {}", printable(platform.name)),
                "take an image of another source");
  }
  const profile::Image& image = subject.profile.image;
  return {{.suite = image.source->reference,
           .packages = image.packages,
           .architecture = platform.debian,
           .epoch = locked.epoch,
           .locked = locked.installed},
          store::builder(subject.host, store_for(subject), image.source->reference)};
}

MadeImage make_debian(const Subject& subject, const profile::LockedImage* locked,
                      std::int64_t epoch, Telling telling) {
  profile::LockedImage newest;
  newest.epoch = epoch;
  const profile::LockedImage& wanted = locked != nullptr ? *locked : newest;
  const auto [recipe, builder] = debian_recipe(subject, wanted);
  ProgressLine line(telling);
  const store::Made made = store::bootstrap(store_for(subject), subject.installation.image, recipe,
                                            builder, store::Expected{wanted.plain, wanted.tree},
                                            [&](const store::Step& step) { line.show(step); });
  return {
      .image = {.archive = {},
                .epoch = wanted.epoch,
                .plain = made.imported.plain,
                .tree = builder.maps.uids.empty() ? "" : made.imported.tree,  // one id owns it all
                .installed = made.installed},
      .names = made.imported.names,
      .bytes = made.imported.bytes};
}

store::Imported fetch(const Subject& subject, const std::string& expected, Telling telling) {
  const store::ArchiveUrl url = archive_url(subject);
  ProgressLine line(telling);
  return store::import_url(store_for(subject), subject.installation.image, url, expected,
                           [&](const store::Step& step) { line.show(step); });
}

MadeImage make_archive(const Subject& subject, const profile::LockedImage* locked,
                       Telling telling) {
  const std::string& expected = locked != nullptr ? locked->archive : subject.resolved.pin;
  const bool is_url = subject.resolved.kind == SourceKind::tar_url;
  const store::Imported imported = is_url ? fetch(subject, expected, telling)
                                          : import(store_for(subject), subject.installation,
                                                   subject.resolved.root_source, expected, telling);
  if (is_url) say_notes(imported);
  return {.image = {.archive = imported.archive,
                    .epoch = 0,
                    .plain = imported.plain,
                    .tree = imported.tree,
                    .installed = {}},
          .names = imported.names,
          .bytes = imported.bytes};
}

MadeImage make_of_layers(const Subject& subject, const profile::LockedImage* locked,
                         Telling telling) {
  store::ImageRequest request = image_request(subject);
  if (locked != nullptr) {
    request.digest = locked->manifest;
    request.layers = locked->layers;
  }
  store::PulledImage pulled;
  {
    ProgressLine line(telling);
    pulled = store::pull_image(store_for(subject), subject.installation.image, request,
                               locked != nullptr ? locked->tree : "",
                               [&](const store::Step& step) { line.show(step); });
  }
  say_notes(pulled.imported);
  return {.image = std::move(pulled.locked),
          .names = pulled.imported.names,
          .bytes = pulled.imported.bytes,
          .index = std::move(pulled.index)};
}

}  // namespace

store::ArchiveUrl archive_url(const Subject& subject) {
  return store::archive_url(subject.host, subject.profile.image.source->reference);
}

store::ImageRequest image_request(const Subject& subject) {
  const profile::Source& source = *subject.profile.image.source;
  store::ImageRequest request{.registry = {},
                              .repository = {},
                              .settings = {},
                              .layout = {},
                              .archive = {},
                              .docker = false,
                              .tag = source.tag,
                              .digest = subject.resolved.pin,
                              .platform = platform_of(subject),
                              .layers = {},
                              .shown = source_text(subject)};
  if (source.kind == SourceKind::docker) {
    const auto reference = profile::parse_image_reference(source.reference).reference.value();
    request.registry = reference.registry;
    request.repository = reference.repository;
    request.tag = reference.tag;
    const profile::Registries all = store::read_registries(subject.host);
    const auto found = all.find(reference.registry);
    if (found != all.end()) request.settings = found->second;
  } else if (source.kind == SourceKind::oci) {
    request.layout = subject.resolved.root_source;
  } else {
    request.archive = subject.resolved.root_source;
    request.docker = source.kind == SourceKind::docker_archive;
  }
  return request;
}

std::vector<profile::LockedPackage> newest_packages(const Subject& subject) {
  const auto [recipe, builder] = debian_recipe(subject, {});
  return store::newest(store_for(subject), subject.installation.image, recipe, builder);
}

MadeImage make_image(const Subject& subject, const profile::LockedImage* locked, std::int64_t epoch,
                     Telling telling) {
  const SourceKind kind = subject.resolved.kind;
  if (kind == SourceKind::debian) return make_debian(subject, locked, epoch, telling);
  return profile::has_layers(kind) ? make_of_layers(subject, locked, telling)
                                   : make_archive(subject, locked, telling);
}

}  // namespace devbox::commands
