// References by the grammar of the distribution project: what each part is, and what is wrong with
// it.
#include "profile/image_reference.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

namespace devbox::profile {
namespace {

const std::string kHex = std::string(60, '0') + "cafe";

std::string shown(const std::string& text) {
  const ParsedReference parsed = parse_image_reference(text);
  if (!parsed.reference) return "mistake";
  const ImageReference& r = *parsed.reference;
  return fmt::format("{} {} {} {}", r.registry, r.repository, r.tag, r.digest);
}

std::string mistake(const std::string& text) { return parse_image_reference(text).mistake; }

struct Row {
  std::string text;
  std::string shown;
};

TEST_CASE("a reference has a registry, a repository, a tag and a digest") {
  const Row rows[] = {
      {"gcc", "docker.io library/gcc latest "},
      {"gcc:12", "docker.io library/gcc 12 "},
      {"docker.io/gcc", "docker.io library/gcc latest "},
      {"index.docker.io/gcc", "docker.io library/gcc latest "},
      {"user/tool", "docker.io user/tool latest "},
      {"docker.io/library/gcc:12", "docker.io library/gcc 12 "},
      {"quay.io/tool", "quay.io tool latest "},  // library/ is Docker Hub's alone
      {"quay.io/team/sub/tool:v1.2-rc_3", "quay.io team/sub/tool v1.2-rc_3 "},
      {"localhost/tool", "localhost tool latest "},
      {"localhost:5000/tool:1", "localhost:5000 tool 1 "},
      {"localhost:5000", "docker.io library/localhost 5000 "},  // no slash: a name and a tag
      {"mirror:443/tool", "mirror:443 tool latest "},
      {"[::1]:5000/tool:1", "[::1]:5000 tool 1 "},
      {"[fe80::1]/tool", "[fe80::1] tool latest "},
      {"Registry.Example/tool", "registry.example tool latest "},
      {"HOST/tool", "HOST tool latest "},  // no repository has capitals
      {"10.0.0.1/tool", "10.0.0.1 tool latest "},
      {"a__b/c.d-e--f_g", "docker.io a__b/c.d-e--f_g latest "},
      {"gcc@sha256:" + kHex, "docker.io library/gcc  " + kHex},  // no tag where there is a digest
      {"gcc:12@sha256:" + kHex, "docker.io library/gcc 12 " + kHex},
      {"gcc:_", "docker.io library/gcc _ "},
      {"gcc:" + std::string(128, 'a'), "docker.io library/gcc " + std::string(128, 'a') + " "},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(shown(row.text) == row.shown);
    CHECK(mistake(row.text).empty());
  }
}

TEST_CASE("the text of a reference means the same") {
  for (const char* text : {"gcc", "quay.io/a/b:1", "[::1]:5000/x", "HOST/tool"}) {
    const ParsedReference parsed = parse_image_reference(text);
    REQUIRE(parsed.reference);
    CHECK(parse_image_reference(parsed.reference->text()).reference == parsed.reference);
  }
  CHECK(parse_image_reference("gcc:12@sha256:" + kHex).reference->text() ==
        "docker.io/library/gcc:12@sha256:" + kHex);
  CHECK(parse_image_reference("x@sha256:" + kHex).reference->text() ==
        "docker.io/library/x@sha256:" + kHex);
}

TEST_CASE("what is wrong with a reference is said of its part") {
  const std::string long_tag(129, 'a');
  const Row rows[] = {
      {"", "no image is named"},
      {"docker://gcc", "\"docker://gcc\" has a second \"://\""},
      {"https://quay.io/tool", "\"https://quay.io/tool\" has a second \"://\""},
      {"quay.io/", "no repository is named"},
      {"/gcc", "the repository \"/gcc\" has an empty part"},
      {"quay.io/a//b", "the repository \"a//b\" has an empty part"},
      {"quay.io/a/", "the repository \"a/\" has an empty part"},
      {"quay.io/Team/Tool",
       "the repository \"Team/Tool\" must be in lower case; did you mean \"team/tool\"?"},
      {"quay.io/../etc",
       "\"..\" cannot be part of a repository's name: that is lower-case letters and digits, with "
       "\".\", \"_\", \"__\" or \"-\" between them"},
      {"a___b",
       "\"a___b\" cannot be part of a repository's name: that is lower-case letters and digits, "
       "with \".\", \"_\", \"__\" or \"-\" between them"},
      {"a..b",
       "\"a..b\" cannot be part of a repository's name: that is lower-case letters and digits, "
       "with \".\", \"_\", \"__\" or \"-\" between them"},
      {"-.example/tool", "\"-.example\" is no name of a registry"},
      {"a..b/tool", "\"a..b\" is no name of a registry"},
      {"[::1/tool:1", "\"[::1\" is no name of a registry"},
      {"user@host.example/tool",
       "the digest must be \"sha256:\" and 64 lower-case hex digits, not \"host.example/tool\""},
      {"localhost:0/tool", "the port of \"localhost\" must be a number from 1 to 65535, not \"0\""},
      {"localhost:65536/tool",
       "the port of \"localhost\" must be a number from 1 to 65535, not \"65536\""},
      {"localhost:/tool", "the port of \"localhost\" must be a number from 1 to 65535, not \"\""},
      {"localhost:-1/tool",
       "the port of \"localhost\" must be a number from 1 to 65535, not \"-1\""},
      {"gcc:", "no tag follows the \":\""},
      {"gcc:-1",
       "the tag \"-1\" must be letters, digits, \"_\", \".\" and \"-\", and begin with none of the "
       "last two"},
      {"gcc:a b",
       "the tag \"a b\" must be letters, digits, \"_\", \".\" and \"-\", and begin with none of "
       "the last two"},
      {"gcc@", "the digest must be \"sha256:\" and 64 lower-case hex digits, not \"\""},
      {"gcc@sha256:12",
       "the digest must be \"sha256:\" and 64 lower-case hex digits, not \"sha256:12\""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(mistake(row.text) == row.shown);
    CHECK(shown(row.text) == "mistake");
  }
  CHECK(mistake("gcc:" + long_tag).ends_with("must have at most 128 characters, not 129"));
  CHECK(mistake("quay.io/" + std::string(300, 'a')) ==
        "registry and repository have 308 characters, at most 255 are allowed");
  CHECK(shown(std::string("gcc\0:1", 6)) == "mistake");
}

}  // namespace
}  // namespace devbox::profile
