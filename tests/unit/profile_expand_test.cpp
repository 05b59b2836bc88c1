#include "profile/expand.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profile/paths.hpp"
#include "profile/variables.hpp"

namespace devbox::profile {
namespace {

Variables variables() {
  return {"/home/me", "/src/app", "/src/app/profiles",
          [](std::string_view name) -> std::optional<std::string> {
            if (name == "CC") return "gcc";
            if (name == "EMPTY") return "";
            if (name == "NESTED") return "${home}";
            return std::nullopt;
          }};
}

TEST_CASE("the tilde and the variables are replaced, once") {
  struct Row {
    std::string_view text, expanded, reason;
  };
  const Row rows[] = {
      {"", "", "nothing"},
      {"~", "/home/me", "the tilde alone"},
      {"~/x", "/home/me/x", "the tilde at the start"},
      {"a~/x", "a~/x", "a tilde elsewhere"},
      {"~joe/x", "~joe/x", "another user's home is not known here"},
      {"${home}/x", "/home/me/x", "home"},
      {"${project}:${project}", "/src/app:/src/app", "twice"},
      {"${profile_dir}", "/src/app/profiles", "the profile's directory"},
      {"x${env:CC}y", "xgccy", "the environment"},
      {"${env:EMPTY}", "", "set and empty"},
      {"${env:NESTED}", "${home}", "not twice"},
      {"$$", "$", "a literal dollar"},
      {"$${home}", "${home}", "a literal variable"},
      {"$$$", "$$", "a dollar at the end"},
      {"$HOME $ $1", "$HOME $ $1", "dollars that begin nothing"},
      {"}{", "}{", "braces alone"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    const Expanded result = expand(row.text, variables());
    CHECK(result.mistake.empty());
    CHECK(result.text == row.expanded);
  }
}

TEST_CASE("a variable that has no value is a mistake") {
  struct Row {
    std::string_view text, mistake;
  };
  const Row rows[] = {
      {"${env:FOO}", "${env:FOO} is not set"},
      {"${hoem}", "unknown variable `${hoem}`; did you mean `${home}`?"},
      {"${home", "`${` without its `}`"},
      {"${env:A B}", "`${env:A B}` does not name a variable; write `${env:NAME}`"},
      {"${env:${home}}", "`${env:${home}` does not name a variable; write `${env:NAME}`"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(expand(row.text, variables()).mistake == row.mistake);
    CHECK(expand(row.text, variables()).text.empty());
  }
}

TEST_CASE("a box without project, home or environment says so") {
  const Variables none;
  CHECK(expand("${project}", none).mistake ==
        "there is no project here, so ${project} has no value");
  CHECK(expand("~/x", none).mistake == "the home directory is not known");
  CHECK(expand("${home}", none).mistake == "the home directory is not known");
  CHECK(expand("${profile_dir}", none).mistake == "the profile's directory is not known");
  CHECK(expand("${env:CC}", none).mistake == "${env:CC} is not set");
}

TEST_CASE("the names that a text asks for are told in order") {
  using Names = std::vector<std::string>;
  CHECK(environment_names("${env:B}${home}${env:A}$${env:C}${env:B}") == Names{"B", "A", "B"});
  CHECK(environment_names("plain").empty());
  CHECK(environment_names("${env:A}${").empty());
}

TEST_CASE("the profile's directory is put in literally") {
  CHECK(with_profile_dir("${profile_dir}/x", "/a/b") == "/a/b/x");
  CHECK(with_profile_dir("${profile_dir}", "/a$b/${home}") == "/a$$b/$${home}");
  CHECK(with_profile_dir("$${profile_dir}", "/a") == "$${profile_dir}");
  CHECK(with_profile_dir("~/${env:X}$$", "/a") == "~/${env:X}$$");
  const std::string written = with_profile_dir("${profile_dir}/x", "/a$b/${home}$");
  CHECK(expand(written, variables()).text == "/a$b/${home}$/x");
}

TEST_CASE("a relative host path starts at the directory of its file") {
  struct Row {
    std::string_view text, path;
  };
  const Row rows[] = {
      {"./tree", "/p/q/tree"},
      {"../tree", "/p/tree"},
      {"tree", "/p/q/tree"},
      {".env", "/p/q/.env"},
      {".//./tree", "/p/q/tree"},
      {"../../../x", "/x"},
      {".", "/p/q"},
      {"..", "/p"},
      {"./", "/p/q"},
      {"/tree", "/tree"},
      {"~/tree", "~/tree"},
      {"${home}/tree", "${home}/tree"},
      {"./${env:X}/../y", "/p/q/${env:X}/../y"},
      {"$$x", "/p/q/$$x"},
      {"${profile_dir}/x", "/p/q/x"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(host_path(row.text, "/p/q") == row.path);
  }
  CHECK(host_path("./x", "/a$b") == "/a$$b/x");
}

}  // namespace
}  // namespace devbox::profile
