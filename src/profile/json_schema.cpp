#include "profile/json_schema.hpp"

#include <string>

#include "profile/schema.hpp"

namespace devbox::profile {
namespace {

Json text_of(const Key& key) {
  Json text = {{"type", "string"}};
  for (const Word& word : key.words) {
    if (word.support == Support::yes) text["enum"].push_back(word.text);
  }
  return text;
}

Json list_of(Json item) { return {{"type", "array"}, {"items", std::move(item)}}; }

Json table_of(std::string_view path);

Json value_of(const Key& key) {
  if (key.support == Support::if_empty) return {{"type", "array"}, {"maxItems", 0}};
  switch (key.kind) {
    case Kind::table:
      return table_of(key.path);
    case Kind::tables:
      return list_of(table_of(key.path));
    case Kind::string:
      return text_of(key);
    case Kind::strings:
      return list_of(text_of(key));
    case Kind::command:
      return {{"anyOf", Json::array({text_of(key), list_of(text_of(key))})}};
    case Kind::boolean:
      return {{"type", "boolean"}};
    case Kind::integer:
      return {{"type", "integer"}};
    case Kind::number:
      return {{"type", "number"}};
    case Kind::flag:
      return {{"enum", {true, false, "auto"}}};
  }
  return Json::object();
}

Json table_of(std::string_view path) {
  Json properties = Json::object();
  Json others = false;  // what stands for any key
  for (const NamedKey& row : keys_of(path)) {
    if (row.key->support == Support::no) continue;
    (row.is_wildcard ? others : properties[std::string(row.name)]) = value_of(*row.key);
  }
  return {{"type", "object"}, {"properties", properties}, {"additionalProperties", others}};
}

}  // namespace

Json json_schema() {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "devbox.toml"}};
  schema.update(table_of(""));
  schema["properties"]["schema"] = {{"const", kSchema}};
  return schema;
}

}  // namespace devbox::profile
