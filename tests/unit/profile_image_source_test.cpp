#include "profile/image_source.hpp"

#include <doctest/doctest.h>

#include <string>

#include "profile/checks.hpp"

namespace devbox::profile {
namespace {

TEST_CASE("the tag of a layout is what follows the last colon, and none is a directory's") {
  struct Row {
    const char* reference;
    const char* rest;
    const char* tag;
    const char* reason;
  };
  const Row rows[] = {
      {"images/tool:1.2", "images/tool", "1.2", "a tag"},
      {"images/tool", "images/tool", "", "none"},
      {"images:old/tool", "images:old/tool", "", "a colon in a directory's name"},
      {"images:old/tool:1", "images:old/tool", "1", "and a tag behind it"},
      {"tool:a:b", "tool:a", "b", "the last colon counts"},
      {"tool:", "tool", "", "nothing behind the colon"},
      {":1", "", "1", "nothing before it"},
      {"", "", "", "nothing at all"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    std::string reference = row.reference;
    CHECK(take_tag(reference) == row.tag);
    CHECK(reference == row.rest);
  }
}

TEST_CASE("each form of a source is known by its beginning") {
  struct Row {
    const char* text;
    SourceKind kind;
    const char* reference;
  };
  const Row rows[] = {
      {"host", SourceKind::host, ""},
      {"rootfs:~/tree", SourceKind::rootfs, "~/tree"},
      {"tar:a.tar", SourceKind::tar, "a.tar"},
      {"tar:https://x.example/a.tar?b", SourceKind::tar_url, "https://x.example/a.tar?b"},
      {"tar:http:/a.tar", SourceKind::tar, "http:/a.tar"},
      {"debian:bookworm", SourceKind::debian, "bookworm"},
      {"docker://gcc:12", SourceKind::docker, "gcc:12"},
      {"oci:images:tag", SourceKind::oci, "images:tag"},
      {"oci-archive:a.tar", SourceKind::oci_archive, "a.tar"},
      {"docker-archive:a.tar", SourceKind::docker_archive, "a.tar"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_source(row.text);
    REQUIRE(parsed);
    CHECK(parsed->kind == row.kind);
    CHECK(parsed->reference == row.reference);
    CHECK(check_image_source(row.text) == "");
  }
  for (const char* text : {"", "hosts", "docker:gcc", "gcc:12", "OCI:x", "https://x"})
    CHECK_FALSE(parse_source(text));
}

TEST_CASE("a source of no known form is told what was nearest") {
  const std::string forms =
      " must be \"docker://REFERENCE\", \"debian:SUITE\", \"tar:FILE\", \"oci:DIR\", "
      "\"oci-archive:FILE\", \"docker-archive:FILE\", \"rootfs:DIR\" or \"host\", not ";
  CHECK(check_image_source("docker:gcc") == forms + "\"docker:gcc\"; did you mean `docker://`?");
  CHECK(check_image_source("oci-archiv:x") ==
        forms + "\"oci-archiv:x\"; did you mean `oci-archive:`?");
  CHECK(check_image_source("~/tree") == forms + "\"~/tree\"; did you mean `rootfs:~/tree`?");
  CHECK(check_image_source("docker://") == ": nothing follows `docker://`");
  CHECK(check_image_source("tar:ftp://x/a.tar") ==
        ": \"ftp://x/a.tar\" must begin with \"https://\" or \"http://\"");
}

}  // namespace
}  // namespace devbox::profile
