#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "commands/commands.hpp"
#include "commands/pin.hpp"
#include "commands/progress.hpp"
#include "profile/moved.hpp"
#include "store/fetch.hpp"
#include "store/import.hpp"
#include "util/error.hpp"
#include "util/json.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using profile::SourceKind;

struct Answer {
  std::string source;
  std::string pinned_by = {};  // "lock", "profile"; empty: nothing pins it
  std::vector<profile::Moved> moved = {};
  std::string tag = {};      // of a source that has a tag and a digest
  std::string tag_now = {};  // hex: what it stands for
  std::string said = {};     // where nothing has moved, for people
};

// Of a URL nothing but the bytes themselves says what they are: a server's ETag, date and length
// can stay while they change, and change while they stay.
std::string archive_now(const Subject& subject) {
  if (subject.resolved.kind != SourceKind::tar_url)
    return store::archive_digest(subject.resolved.root_source);
  ProgressLine line;
  return store::url_digest(subject.installation.image, archive_url(subject),
                           [&](const store::Step& step) { line.show(step); });
}

// What an archive is now, beside what is locked of this machine's platform.
std::pair<profile::Lock, profile::Lock> archives(const Subject& subject,
                                                 const profile::LockedImage& locked) {
  if (locked.archive.empty()) {
    throw Error(fmt::format("the lock file of {} does not say what the archive was",
                            printable(subject.profile.path)),
                "another version of devbox wrote it; `devbox lock --update` writes it anew");
  }
  profile::Lock before;
  profile::Lock now;
  const std::string platform = platform_of(subject);
  before.platforms[platform].archive = locked.archive;
  now.platforms[platform].archive = archive_now(subject);
  return {before, now};
}

std::vector<profile::Moved> moved_since(const Subject& subject, const profile::Lock& lock) {
  const SourceKind kind = subject.resolved.kind;
  if (kind == SourceKind::debian) {
    const std::string platform = platform_of(subject);
    profile::Lock before;
    profile::Lock now;
    before.platforms[platform].installed = lock.platforms.at(platform).installed;
    now.platforms[platform].installed = newest_packages(subject);
    return profile::moved(before, now);
  }
  if (kind != SourceKind::docker && kind != SourceKind::oci) {
    const auto [before, now] = archives(subject, lock.platforms.at(platform_of(subject)));
    return profile::moved(before, now);
  }
  store::ResolvedImage found =
      store::resolve_image(subject.installation.image, image_request(subject));
  profile::Lock now;
  now.index = std::move(found.index);
  now.platforms = std::move(found.platforms);
  return profile::moved(lock, now);
}

// A digest stays what it is; a tag beside it may stand for something else by now.
Answer pinned_by_profile(const Subject& subject) {
  Answer answer{.source = source_text(subject), .pinned_by = "profile"};
  answer.said = fmt::format("nothing has moved: {} itself pins its image by a digest",
                            printable(subject.profile.path));
  if (!profile::has_layers(subject.resolved.kind)) return answer;
  store::ImageRequest request = image_request(subject);
  if (request.tag.empty() || !request.archive.empty()) return answer;
  const std::string pinned = std::exchange(request.digest, {});
  const store::ResolvedImage found = store::resolve_image(subject.installation.image, request);
  const auto own = found.platforms.find(platform_of(subject));
  const bool same =
      found.index == pinned || (own != found.platforms.end() && own->second.manifest == pinned);
  answer.tag = request.tag;
  answer.tag_now = found.index;
  answer.said +=
      same ? fmt::format("; the tag {} is still there", printable(answer.tag))
           : fmt::format("; the tag {} is sha256:{} now", printable(answer.tag), answer.tag_now);
  return answer;
}

Answer answer_for(const Subject& subject) {
  if (!profile::is_stored(subject.resolved.kind)) {
    return {.source = source_text(subject),
            .said = "nothing has moved: the profile's image is used as it is"};
  }
  if (!subject.resolved.pin.empty()) return pinned_by_profile(subject);
  const profile::Lock lock = required_lock(subject, profile::LockPart::whole);
  return {.source = lock.source,
          .pinned_by = "lock",
          .moved = moved_since(subject, lock),
          .said = "nothing has moved"};
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json json_of(const Answer& answer) {
  Json moved = Json::array();
  for (const profile::Moved& one : answer.moved) {
    Json entry = {
        {"what", one.what}, {"before", text_or_null(one.before)}, {"now", text_or_null(one.now)}};
    if (one.layers > 0) {
      entry["layers"] = one.layers;
      entry["same_layers"] = one.same_layers;
    }
    moved.push_back(std::move(entry));
  }
  Json json = {{"source", answer.source},
               {"pinned_by", text_or_null(answer.pinned_by)},
               {"moved", std::move(moved)}};
  if (!answer.tag.empty())
    json["tag"] = {{"name", answer.tag}, {"now", "sha256:" + answer.tag_now}};
  return json;
}

}  // namespace

int outdated(const cli::Outdated& verb) {
  cli::BoxOptions options;
  options.profile = verb.profile;
  const Answer answer = answer_for(resolve(options));
  const int status = verb.exit_code && !answer.moved.empty() ? 1 : 0;
  if (verb.json) {
    print(json_text(json_of(answer)));
    return status;
  }
  std::string text;
  for (const profile::Moved& one : answer.moved) text += one.text() + "\n";
  if (text.empty()) std::fputs(fmt::format("devbox: {}\n", answer.said).c_str(), stderr);
  print(text);
  return status;
}

}  // namespace devbox::commands
