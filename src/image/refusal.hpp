// What a registry's answer means, in a sentence. Pure.
#pragma once

#include <string>
#include <string_view>

#include "image/http.hpp"
#include "util/error.hpp"

namespace devbox::image {

// The registry's own words: "DENIED: requested access to the resource is denied" of an error's JSON
// (distribution specification, "Error Codes"), else a line of text; empty where it said nothing, or
// a web page. Printable and not long.
std::string registry_words(const Response& response);

// Of an answer that is not what was asked for. `what` was to be done: "get the manifest of
// quay.io/team/tool:1"; `registry` is where one logs in.
// "registry.example answers 404, it does not have it: NAME_UNKNOWN", of an answer.
std::string answer_text(const Response& response);

Error refusal(std::string_view what, std::string_view registry, const Response& response);

}  // namespace devbox::image
