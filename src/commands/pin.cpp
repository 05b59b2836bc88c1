#include "commands/pin.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "commands/image.hpp"
#include "host/foreign.hpp"
#include "host/platform.hpp"
#include "profile/image_source.hpp"
#include "store/bootstrap.hpp"
#include "store/lock_file.hpp"
#include "store/written.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using profile::SourceKind;

std::string command(const char* verb, const Subject& subject) {
  return fmt::format("`devbox {} -p {}`", verb, printable(subject.profile.path));
}

std::string key_of(const Subject& subject, const profile::LockedImage& image,
                   const store::Pinned& store) {
  if (!image.committed.empty()) return store::committed_key(image.committed);
  if (!image.manifest.empty()) return store::image_key(image.manifest, platform_of(subject));
  return image.archive.empty() ? store::debian_key(store, image.plain, image.tree)
                               : store::archive_key(image.archive);
}

bool wants_owners(profile::IdMap map) { return map == profile::IdMap::subids; }

bool is_fetched(SourceKind kind) {
  return kind == SourceKind::docker || kind == SourceKind::tar_url;
}

const char* maker(SourceKind kind) {
  if (kind == SourceKind::debian) return "makes";
  return is_fetched(kind) ? "fetches" : "unpacks";
}

const char* made(SourceKind kind) {
  if (kind == SourceKind::debian) return "made";
  return is_fetched(kind) ? "fetched" : "unpacked";
}

// What is known of the tree beside what is in it.
PinnedImage described(const Subject& subject, const store::Pinned& store, const std::string& key,
                      store::HeldTree tree) {
  PinnedImage image{std::move(tree), {}};
  if (!profile::has_layers(subject.resolved.kind)) return image;
  const Json info = store.about(key);
  const auto config = info.find("config");
  if (config != info.end()) image.config = store::parse_config(*config);
  return image;
}

[[noreturn]] void no_committed(const Subject& subject, const std::string& tree) {
  throw Error(fmt::format("the image that {} pins was made by `devbox box commit`, and this store "
                          "does not have it: sha256:{}",
                          printable(store::lock_path(subject.found, subject.host)), tree),
              fmt::format("it cannot be fetched or made again; where it is, {}, with its "
                          "docker://REFERENCE, gives it to others; {} pins {} itself again",
                          command("image push", subject), command("lock --update", subject),
                          printable(source_text(subject))));
}

// pull makes what the profile says, and --map may ask for another kind of tree.
std::string how_to_make(const Subject& subject) {
  const bool owners = wants_owners(subject.resolved.map);
  if (owners == wants_owners(subject.profile.map))
    return fmt::format("{} {} it", command("pull", subject), maker(subject.resolved.kind));
  return fmt::format(
      "with this --map its files {}, and such a tree is made once {} has the same in "
      "`ids.map`",
      owners ? "have owners" : "are all yours", printable(subject.profile.path));
}

}  // namespace

profile::LockedImage pin_of(const Subject& subject, profile::LockPart part) {
  const std::string& pin = subject.resolved.pin;
  if (pin.empty()) return required_lock(subject, part).platforms.at(platform_of(subject));
  profile::LockedImage image;
  (profile::has_layers(subject.resolved.kind) ? image.manifest : image.archive) = pin;
  return image;
}

std::string source_text(const Subject& subject) {
  const profile::Source& source = *subject.profile.image.source;
  for (const profile::SourceForm& form : profile::source_forms()) {
    if (form.kind == source.kind) return std::string(form.prefix) + subject.profile.image.written;
  }
  return "host";
}

profile::Lock required_lock(const Subject& subject, profile::LockPart part) {
  const std::optional<profile::Text> text = store::read_lock(subject.found, subject.host);
  if (!text) {
    throw Error(
        fmt::format("the image {} is not pinned: there is no {}", printable(source_text(subject)),
                    printable(store::lock_path(subject.found, subject.host))),
        fmt::format("{} writes it", command("lock", subject)));
  }
  profile::Lock lock = store::parse_lock(*text, part);
  if (lock.source != source_text(subject) || lock.packages != subject.profile.image.packages) {
    throw Error(fmt::format("{} is of another image than {} asks for now", printable(text->path),
                            printable(subject.profile.path)),
                fmt::format("{} pins the one that it asks for", command("lock", subject)));
  }
  const std::string platform = platform_of(subject);
  if (lock.platforms.contains(platform)) return lock;
  throw Error(fmt::format("{} pins nothing for {}", printable(text->path), printable(platform)),
              subject.profile.image.platform.empty()
                  ? fmt::format("{} on such a machine adds it", command("lock --update", subject))
                  : fmt::format("{} adds it", command("lock --update", subject)));
}

void require_pinned(const Subject& subject) {
  if (!profile::is_stored(subject.resolved.kind)) {
    throw Error(
        fmt::format("--locked: nothing can pin the image {}: it is used as it is",
                    subject.resolved.host_image ? "host" : printable(subject.resolved.image)),
        "leave --locked out, or take an image that `devbox lock` pins, such as "
        "`docker://REFERENCE` or `debian:SUITE`");
  }
  if (subject.resolved.pin.empty()) required_lock(subject, profile::LockPart::without_packages);
}

std::string platform_of(const Subject& subject) {
  const std::string& wanted = subject.profile.image.platform;
  return wanted.empty() ? host::platform().name : wanted;
}

void require_runnable(const Subject& subject) {
  const std::string own = host::platform().name;
  const std::string wanted = platform_of(subject);
  if (host::runs_natively(own, wanted) || !profile::is_stored(subject.resolved.kind)) return;
  const std::optional<host::Emulator> emulator = host::emulator_for(wanted);
  if (!emulator) {
    throw Error(fmt::format("the image {} is for {}, and this machine is {}: no entry of "
                            "binfmt_misc runs such programs here",
                            printable(source_text(subject)), printable(wanted), own),
                "on Debian the package qemu-user-static registers them; the image can be pulled, "
                "exported and pushed as it is");
  }
  if (emulator->is_fixed) return;
  throw Error(fmt::format("the image {} is for {}, and what runs such programs here, {}, is not in "
                          "it: the entry {} of binfmt_misc lacks the flag F",
                          printable(source_text(subject)), printable(wanted),
                          printable(emulator->interpreter), printable(emulator->name)),
              "register it with that flag, as Debian's qemu-user-static does, so that it is opened "
              "outside of the box");
}

store::Pinned store_for(const Subject& subject) {
  return wants_owners(subject.resolved.map) ? owned_store_of(subject.host) : store_of(subject.host);
}

PinnedImage pinned_image(const Subject& subject, Missing missing, Telling telling) {
  const store::Pinned store = store_for(subject);
  const profile::LockedImage wanted = pin_of(subject, profile::LockPart::without_packages);
  const std::string key = key_of(subject, wanted, store);
  if (auto tree = store.hold(key)) return described(subject, store, key, std::move(*tree));
  if (!wanted.committed.empty()) no_committed(subject, wanted.committed);
  if (missing == Missing::refuse) {
    if (store.ids() != nullptr) store.ids()->owners();  // or says why it cannot be made here
    throw Error(fmt::format("the image {} is not {} yet", printable(source_text(subject)),
                            made(subject.resolved.kind)),
                how_to_make(subject));
  }
  const profile::LockedImage pin = pin_of(subject, profile::LockPart::whole);
  make_image(subject, &pin, 0, telling);
  if (auto tree = store.hold(key)) return described(subject, store, key, std::move(*tree));
  throw Error(
      fmt::format("the image {} was made, and is not there", printable(source_text(subject))),
      "another process removed it; try again");
}

}  // namespace devbox::commands
