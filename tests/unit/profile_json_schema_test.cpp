// The JSON Schema says what the validator's table says.
#include <doctest/doctest.h>

#include "profile/json_schema.hpp"
#include "profile/schema.hpp"
#include "util/text.hpp"

namespace devbox::profile {
namespace {

// What the schema has for a key, along its path; null where it has nothing.
Json at(std::string_view path) {
  Json here = json_schema();
  for (const std::string& name : split(path, '.')) {
    if (here.value("type", "") == "array") here = here["items"];
    if (!here.contains("properties")) return nullptr;
    Json next = here["properties"].value(name, Json());
    here = next.is_null() ? here["additionalProperties"] : next;
    if (here == false) return nullptr;
  }
  return here;
}

TEST_CASE("every key that can be carried out has its place, and no other") {
  for (const Key& key : schema()) {
    CAPTURE(key.path);
    const Key* above = nullptr;
    for (const Key& other : schema()) {
      if (other.path == key.parent()) above = &other;
    }
    const bool reached = above == nullptr || above->support == Support::yes;
    CHECK(at(key.path).is_null() == !(reached && key.support != Support::no));
  }
  CHECK(at("image.sorce").is_null());
  CHECK(at("nothing").is_null());
}

TEST_CASE("a kind is the type that JSON has for it") {
  CHECK(at("schema") == Json{{"const", 1}});
  CHECK(at("image.root") ==
        Json{{"type", "string"}, {"enum", {"read-only", "ephemeral", "persistent"}}});
  CHECK(at("image.packages") == Json{{"type", "array"}, {"items", {{"type", "string"}}}});
  CHECK(at("integrations.x11") == Json{{"enum", {true, false, "auto"}}});
  CHECK(at("limits.cpus") == Json{{"type", "number"}});
  CHECK(at("limits.io")["items"]["properties"].contains("read_ops"));
  CHECK(at("tasks.anything.run")["anyOf"].size() == 2);
  CHECK(at("env.set.NAME") == Json{{"type", "string"}});
  CHECK(at("network.publish") == Json{{"type", "array"}, {"maxItems", 0}});
}

TEST_CASE("a word that cannot be carried out yet is not offered") {
  const Json types = at("mounts.TARGET.type")["enum"];
  CHECK(std::find(types.begin(), types.end(), "bind") != types.end());
  CHECK(std::find(types.begin(), types.end(), "volume") == types.end());
}

}  // namespace
}  // namespace devbox::profile
