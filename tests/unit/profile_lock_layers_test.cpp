// What a lock file says of an image with layers.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "profile/lock.hpp"

namespace devbox::profile {
namespace {

using Words = std::vector<std::string>;

std::string hex(char digit) { return std::string(64, digit); }
std::string digest(char digit) { return "sha256:" + hex(digit); }

Words mistakes_of(const std::string& text) {
  return parse_lock(text, "l", LockPart::whole).mistakes;
}

LockedImage an_image() {
  return {.archive = {},
          .plain = hex('a'),
          .tree = hex('b'),
          .manifest = hex('c'),
          .config = hex('d'),
          .layers = {hex('1'), hex('2')},
          .diff_ids = {hex('3'), hex('4')}};
}

TEST_CASE("an image with layers is written for people, and its time is left out") {
  Lock lock{"docker://gcc:12", {}, {}, hex('e')};
  lock.platforms["linux/amd64"] = an_image();
  const std::string text = lock_text(lock, "devbox.toml");
  CHECK(text.substr(text.find("schema")) ==
        "schema = 1\n"
        "source = \"docker://gcc:12\"\n"
        "index = \"" +
            digest('e') +
            "\"\n"
            "\n"
            "[platform.\"linux/amd64\"]\n"
            "manifest = \"" +
            digest('c') +
            "\"\n"
            "config = \"" +
            digest('d') +
            "\"\n"
            "layers = [\n"
            "  \"" +
            digest('1') +
            "\",\n"
            "  \"" +
            digest('2') +
            "\",\n"
            "]\n"
            "diff_ids = [\n"
            "  \"" +
            digest('3') +
            "\",\n"
            "  \"" +
            digest('4') +
            "\",\n"
            "]\n"
            "plain = \"" +
            digest('a') +
            "\"\n"
            "tree = \"" +
            digest('b') + "\"\n");
}

TEST_CASE("what was written of layers is what is read, also without a list of packages") {
  Lock lock{"oci-archive:a.tar", {}, {}, hex('e')};
  lock.platforms["linux/amd64"] = an_image();
  lock.platforms["linux/amd64"].archive = hex('f');
  lock.platforms["linux/arm64"] = an_image();
  // Nobody has pulled it yet.
  lock.platforms["linux/arm64"].plain = lock.platforms["linux/arm64"].tree = "";
  const std::string text = lock_text(lock, "devbox.toml");
  for (const LockPart part : {LockPart::whole, LockPart::without_packages}) {
    const ParsedLock again = parse_lock(text, "l", part);
    CHECK(again.mistakes == Words{});
    CHECK(lock_text(again.lock, "devbox.toml") == text);
    CHECK(again.lock.index == hex('e'));
    const LockedImage& image = again.lock.platforms.at("linux/amd64");
    CHECK(image.archive == hex('f'));
    CHECK(image.manifest == hex('c'));
    CHECK(image.config == hex('d'));
    CHECK(image.layers == Words{hex('1'), hex('2')});
    CHECK(image.diff_ids == Words{hex('3'), hex('4')});
    CHECK(again.lock.platforms.at("linux/arm64").plain == "");
    CHECK(again.lock.platforms.at("linux/arm64").manifest == hex('c'));
  }
}

TEST_CASE("an image without layers keeps its empty lists") {
  Lock lock{"docker://scratch", {}, {}, hex('e')};
  lock.platforms["p"] = an_image();
  lock.platforms["p"].layers = lock.platforms["p"].diff_ids = {};
  const std::string text = lock_text(lock, "devbox.toml");
  const ParsedLock again = parse_lock(text, "l", LockPart::whole);
  CHECK(again.mistakes == Words{});
  CHECK(again.lock.platforms.at("p").layers.empty());
}

TEST_CASE("every mistake in what is said of layers has its place") {
  const std::string head = "schema = 1\nsource = 'docker://x'\n";
  const std::string table = head + "[platform.'linux/amd64']\n";
  const std::string manifest = "manifest = '" + digest('c') + "'\n";
  const std::string config = "config = '" + digest('d') + "'\n";
  const std::string one = "layers = ['" + digest('1') + "']\n";
  const std::string diff = "diff_ids = ['" + digest('3') + "']\n";
  const std::string bad = " must be \"sha256:\" and 64 lower-case hex digits, not ";
  const std::string platform = "l:3:11: `platform.\"linux/amd64\"`: ";
  struct Row {
    std::string toml;
    Words mistakes;
    const char* reason;
  };
  const Row rows[] = {
      {table + manifest + config + one + diff, {}, "nothing wrong: the tree may be missing"},
      {head + "index = 'sha256:12'\n", {"l:3:9: `index`" + bad + "\"sha256:12\""}, "the index"},
      {head + "index = 1\n",
       {"l:3:9: `index` must be a string that is not empty", "l:3:9: `index`" + bad + "\"\""},
       "an index that is a number"},
      {table + one + diff, {platform + "`plain` is missing"}, "no manifest, and no tree"},
      {table + manifest + one + diff, {platform + "`config` is missing"}, "no config"},
      {table + manifest + config + diff,
       {platform + "`layers` has 0 digests and `diff_ids` 1"},
       "no layers"},
      {table + manifest + config + one,
       {platform + "`layers` has 1 digests and `diff_ids` 0"},
       "no diff_ids"},
      {table + manifest + config + "layers = 'x'\n",
       {"l:6:10: `layers` must be a list of digests"},
       "layers that are no list"},
      {table + manifest + config + "diff_ids = 1\n",
       {"l:6:12: `diff_ids` must be a list of digests"},
       "diff_ids that are no list"},
      {table + "manifest = '" + hex('c') + "'\n" + config,
       {platform + "`plain` is missing", "l:4:12: `manifest`" + bad + "\"" + hex('c') + "\""},
       "a manifest without sha256:"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    CHECK(mistakes_of(row.toml) == row.mistakes);
  }
}

}  // namespace
}  // namespace devbox::profile
