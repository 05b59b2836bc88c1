#include "image/layer_log.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "image/sha256.hpp"
#include "util/error.hpp"

using namespace devbox;
using image::Change;
using image::Changes;
using image::EntryKind;

namespace {

Change entry(EntryKind kind, std::string path, std::string text = {}, std::uint64_t size = 0) {
  Change change{.path = std::move(path), .entry = {}, .existing = {}};
  change.entry.kind = kind;
  change.entry.mode = 0644;
  change.entry.mtime = -5;
  change.entry.uid = 1;
  change.entry.gid = 2;
  change.entry.size = size;
  change.entry.text = std::move(text);
  return change;
}

Change mark(Change::Kind kind, std::string path, std::string existing = {}) {
  return {.kind = kind, .path = std::move(path), .entry = {}, .existing = std::move(existing)};
}

Changes all_kinds() {
  const std::string digest(64, 'a');
  return {entry(EntryKind::directory, ""),
          entry(EntryKind::file, "odd \xff name", digest, 3),
          mark(Change::Kind::hard_link, "second", "odd \xff name"),
          mark(Change::Kind::whiteout, "gone"),
          mark(Change::Kind::opaque, ""),
          entry(EntryKind::file, "empty", digest),
          entry(EntryKind::symlink, "link", "a text\n"),
          entry(EntryKind::fifo, "fifo"),
          entry(EntryKind::character, "null", "1:3")};
}

std::string refusal(const std::string& text) {
  try {
    image::parse_log(text);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

// With a first line that is right for them.
std::string lines(const std::string& rest) {
  return image::log_text({}).replace(15, 64, [&] {
    image::Sha256 hash;
    hash.add(rest.data(), rest.size());
    return hash.hex();
  }()) + rest;
}

}  // namespace

TEST_CASE("a layer's log is read as it was written, in its order, files counted from 1") {
  const Changes before = all_kinds();
  const std::string text = image::log_text(before);
  const Changes after = image::parse_log(text);
  REQUIRE(after.size() == before.size());
  CHECK(image::log_text(after) == text);
  for (std::size_t i = 0; i < before.size(); ++i) {
    CAPTURE(i);
    CHECK(after[i].kind == before[i].kind);
    CHECK(after[i].path == before[i].path);
    CHECK(after[i].existing == before[i].existing);
    CHECK(after[i].entry.text == before[i].entry.text);
  }
  CHECK(after[1].file == 1);
  CHECK(after[5].file == 2);
}

TEST_CASE("a log is enough where all of its files can be had from the pool") {
  Changes changes = all_kinds();
  CHECK(image::is_enough(image::log_text(changes)));
  changes[1].entry.mode = 0200;  // which its owner may not read, and so it is in no pool
  CHECK_FALSE(image::is_enough(image::log_text(changes)));
  changes[1].entry.size = 0;
  CHECK(image::is_enough(image::log_text(changes)));
}

TEST_CASE("a log with one byte changed is neither enough nor read") {
  const std::string text = image::log_text(all_kinds());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CAPTURE(i);
    CHECK_FALSE((image::is_enough(changed) && refusal(changed).empty()));
  }
  CHECK(refusal("") == "what is known of a layer is damaged");
  CHECK(refusal(text + "w more\n") == "what is known of a layer is damaged");
}

TEST_CASE("lines that no log has are refused though the digest is theirs") {
  CHECK(refusal(lines("w a\n")).empty());
  CHECK(refusal(lines("w ../a\n")) == "what is known of a layer has a path that no tree can have");
  CHECK(refusal(lines("w /a\n")) == "what is known of a layer has a path that no tree can have");
  CHECK(refusal(lines("h a\n")) ==
        "what is known of a layer has a kind of entry that there is not");
  CHECK(refusal(lines("d 0755 0 0 1\n")) ==
        "what is known of a layer has another number of fields");
  CHECK(refusal(lines("w a")) == "what is known of a layer does not end");
}
