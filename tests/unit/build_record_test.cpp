#include "build/record.hpp"

#include <doctest/doctest.h>

#include <string>

#include "host_temporary.hpp"

namespace devbox::build {
namespace {

using test::contains;
using test::error_of;

std::string hex(char digit) { return std::string(64, digit); }

Record a_record() {
  Record record;
  record.task = "t";
  record.build_path = "/home/ann/pro\nject";
  record.epoch = 1500000000;
  record.profile = hex('1');
  record.lock = hex('2');
  record.image = "tar:/x.tar";
  record.image_digests = {{"archive", hex('3')}};
  record.tree = hex('4');
  record.sources = hex('5');
  record.source_files = 7;
  record.commit = std::string(40, 'c');
  record.clean = true;
  record.devbox = "1";
  record.outputs = {{"a", {.sha256 = hex('a')}},
                    {"b", {.sha256 = hex('b'), .executable = true}},
                    {"c", {.sha256 = hex('c'), .link = true}}};
  return record;
}

// `text` with the first `from` as `to`.
std::string with(const std::string& from, const std::string& to) {
  std::string text = record_text(a_record());
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("what a record holds is read back as it was written") {
  const Record before = a_record();
  const Record after = parse_record(record_text(before), "f");
  CHECK(after.task == before.task);
  CHECK(after.build_path == before.build_path);
  CHECK(after.epoch == before.epoch);
  CHECK(after.image == before.image);
  CHECK(after.image_digests == before.image_digests);
  CHECK(after.commit == before.commit);
  CHECK(after.clean);
  CHECK(after.outputs == before.outputs);
  CHECK(other_inputs(before, after).empty());
  CHECK(other_outputs(before.outputs, after.outputs).empty());
  CHECK(record_text(before) == record_text(a_record()));
}

TEST_CASE("a record without a commit and without a lock file has none when it is read back") {
  Record before = a_record();
  before.commit.clear();
  before.lock.clear();
  const Record after = parse_record(record_text(before), "f");
  CHECK(after.commit.empty());
  CHECK(after.lock.empty());
  CHECK_FALSE(after.clean);
}

TEST_CASE("a file that is no record is refused with what is wrong with it") {
  const auto said = [](const std::string& text) {
    return error_of([&] { parse_record(text, "f\x1b"); }).message();
  };
  CHECK(said("") == "f\\x1b is no record of a build: it is no JSON");
  CHECK(contains(said("[1]"), "it has no `_type`"));
  CHECK(contains(said(std::string(100000, '[')), "it is no JSON"));
  CHECK(contains(said(with("Statement/v1", "Statement/v9")), "its `_type` is `"));
  CHECK(contains(said(with("\"1\"", "\"1")), "it is no JSON"));
  CHECK(contains(said(with("\"task\": \"t\"", "\"task\": 1")), "`task` is no text"));
  CHECK(contains(said(with("1500000000", "-1")), "`source_date_epoch` is no number of seconds"));
  CHECK(contains(said(with("1500000000", "1.5")), "`source_date_epoch` is no number of seconds"));
  CHECK(contains(said(with("1500000000", "18446744073709551615")), "no number of seconds"));
  CHECK(contains(said(with(hex('a'), "../a")), "a `sha256` is no digest"));
  CHECK(contains(said(with(hex('5'), hex('G'))), "a `sha256` is no digest"));
  CHECK(contains(said(with("\"subject\"", "\"object\"")), "it has no `subject`"));
  CHECK(contains(said(with("\"resolvedDependencies\"", "\"others\"")), "it has no `resolved"));
}

TEST_CASE("each input that is another has a line, and the rest has none") {
  const Record then = a_record();
  Record now = then;
  now.profile = hex('9');
  CHECK(other_inputs(then, now) ==
        std::vector<std::string>{"the profile: recorded 111111111111…, here 999999999999…"});
  now = then;
  now.lock.clear();
  CHECK(other_inputs(then, now) ==
        std::vector<std::string>{"the lock file: recorded 222222222222…, here none"});
  now = then;
  now.commit = std::string(40, 'd');
  CHECK(other_inputs(then, now).empty());  // the same files by another commit
  now.sources = hex('8');
  CHECK(other_inputs(then, now).size() == 2);
  now = then;
  now.tree = hex('7');
  CHECK(other_inputs(then, now).size() == 1);
}

TEST_CASE("each output that is another, missing or new has a line") {
  const Artifacts then = a_record().outputs;
  Artifacts now = then;
  now["a"].sha256 = hex('0');
  now["b"].executable = false;
  now.erase("c");
  now["d"] = {.sha256 = hex('d')};
  const auto lines = other_outputs(then, now);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "differs: a: recorded sha256 " + hex('a') + ", built " + hex('0'));
  CHECK(contains(lines[1], "differs: b: it is recorded as another kind of file"));
  CHECK(lines[2] == "differs: c is recorded, and was not built");
  CHECK(lines[3] == "differs: d was built, and is not recorded");
}

}  // namespace
}  // namespace devbox::build
