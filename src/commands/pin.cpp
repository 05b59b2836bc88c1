#include "commands/pin.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "commands/image.hpp"
#include "commands/progress.hpp"
#include "host/platform.hpp"
#include "profile/image_source.hpp"
#include "store/bootstrap.hpp"
#include "store/lock_file.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using profile::SourceKind;

std::string command(const char* verb, const Subject& subject) {
  return fmt::format("`devbox {} -p {}`", verb, printable(subject.profile.path));
}

// What the lock file says of this machine's platform.
profile::LockedImage locked_image(const Subject& subject, profile::LockPart part) {
  const std::optional<profile::Text> text = store::read_lock(subject.found, subject.host);
  if (!text) {
    throw Error(
        fmt::format("the image {} is not pinned: there is no {}", printable(source_text(subject)),
                    printable(store::lock_path(subject.found, subject.host))),
        fmt::format("{} writes it", command("lock", subject)));
  }
  const profile::Lock lock = store::parse_lock(*text, part);
  if (lock.source != source_text(subject) || lock.packages != subject.profile.image.packages) {
    throw Error(fmt::format("{} is of another image than {} asks for now", printable(text->path),
                            printable(subject.profile.path)),
                fmt::format("{} pins the one that it asks for", command("lock", subject)));
  }
  const std::string platform = host::platform().name;
  const auto found = lock.platforms.find(platform);
  if (found != lock.platforms.end()) return found->second;
  throw Error(fmt::format("{} pins nothing for {}", printable(text->path), printable(platform)),
              fmt::format("{} on such a machine adds it", command("lock --update", subject)));
}

std::string key_of(const profile::LockedImage& image, const store::Pinned& store) {
  return image.archive.empty() ? store::debian_key(store, image.plain, image.tree)
                               : store::archive_key(image.archive);
}

bool wants_owners(profile::IdMap map) { return map == profile::IdMap::subids; }

store::Pinned store_for(const Subject& subject) {
  return wants_owners(subject.resolved.map) ? owned_store_of(subject.host) : store_of(subject.host);
}

MadeImage make_debian(const Subject& subject, const profile::LockedImage* locked,
                      std::int64_t epoch) {
  const host::Platform platform = host::platform();
  if (platform.debian.empty()) {
    throw Error(fmt::format("Debian has no architecture for {}", printable(platform.name)),
                "take an image of another source");
  }
  const profile::Image& image = subject.profile.image;
  const store::Pinned store = store_for(subject);
  const std::string& suite = image.source->reference;
  const store::Builder builder = store::builder(subject.host, store, suite);
  ProgressLine line;
  const store::Made made = store::bootstrap(
      store, subject.installation.image,
      {.suite = suite,
       .packages = image.packages,
       .architecture = platform.debian,
       .epoch = locked != nullptr ? locked->epoch : epoch,
       .locked = locked != nullptr ? locked->installed : std::vector<profile::LockedPackage>{}},
      builder, locked != nullptr ? store::Expected{locked->plain, locked->tree} : store::Expected{},
      [&](const store::Step& step) { line.show(step); });
  return {
      .image = {.archive = {},
                .epoch = locked != nullptr ? locked->epoch : epoch,
                .plain = made.imported.plain,
                .tree = builder.maps.uids.empty() ? "" : made.imported.tree,  // one id owns it all
                .installed = made.installed},
      .names = made.imported.names,
      .bytes = made.imported.bytes};
}

MadeImage make_archive(const Subject& subject, const profile::LockedImage* locked) {
  const std::string& pinned = subject.resolved.archive_sha256;
  const store::Imported imported =
      import(store_for(subject), subject.installation, subject.resolved.root_source,
             locked != nullptr ? locked->archive : pinned);
  return {.image = {.archive = imported.archive,
                    .epoch = 0,
                    .plain = imported.plain,
                    .tree = imported.tree,
                    .installed = {}},
          .names = imported.names,
          .bytes = imported.bytes};
}

// What pins the image; the whole of it where it must be made.
profile::LockedImage pin_of(const Subject& subject, profile::LockPart part) {
  if (subject.resolved.archive_sha256.empty()) return locked_image(subject, part);
  profile::LockedImage image;
  image.archive = subject.resolved.archive_sha256;
  return image;
}

// pull makes what the profile says, and --map may ask for another kind of tree.
std::string how_to_make(const Subject& subject) {
  const bool owners = wants_owners(subject.resolved.map);
  if (owners == wants_owners(subject.profile.map))
    return fmt::format("{} {} it", command("pull", subject),
                       subject.resolved.kind == SourceKind::debian ? "makes" : "unpacks");
  return fmt::format(
      "with this --map its files {}, and such a tree is made once {} has the same in "
      "`ids.map`",
      owners ? "have owners" : "are all yours", printable(subject.profile.path));
}

}  // namespace

bool is_stored(const plan::Resolved& resolved) {
  return resolved.kind == SourceKind::tar || resolved.kind == SourceKind::debian;
}

std::string source_text(const Subject& subject) {
  if (subject.resolved.kind == SourceKind::tar) return "tar:" + subject.profile.image.written;
  return "debian:" + subject.profile.image.source->reference;
}

MadeImage make_image(const Subject& subject, const profile::LockedImage* locked,
                     std::int64_t epoch) {
  return subject.resolved.kind == SourceKind::debian ? make_debian(subject, locked, epoch)
                                                     : make_archive(subject, locked);
}

store::HeldTree pinned_tree(const Subject& subject, Missing missing) {
  const store::Pinned store = store_for(subject);
  const std::string key = key_of(pin_of(subject, profile::LockPart::without_packages), store);
  if (std::optional<store::HeldTree> tree = store.hold(key)) return std::move(*tree);
  if (missing == Missing::refuse) {
    if (store.ids() != nullptr) store.ids()->owners();  // or says why it cannot be made here
    throw Error(fmt::format("the image {} is not {} yet", printable(source_text(subject)),
                            subject.resolved.kind == SourceKind::debian ? "made" : "unpacked"),
                how_to_make(subject));
  }
  const profile::LockedImage pin = pin_of(subject, profile::LockPart::whole);
  make_image(subject, &pin, 0);
  if (std::optional<store::HeldTree> tree = store.hold(key)) return std::move(*tree);
  throw Error(
      fmt::format("the image {} was made, and is not there", printable(source_text(subject))),
      "another process removed it; try again");
}

}  // namespace devbox::commands
