// The values that the documents of an image are made of; each throws Error where one is not what it
// must be.
#pragma once

#include <string>
#include <string_view>

#include "image/oci.hpp"
#include "util/json.hpp"

namespace devbox::image {

enum class Presence { required, optional };

// A JSON object of at most kMostDocument bytes.
ForeignJson read_document(std::string_view bytes);

// Empty where it is optional, and missing or null. None may hold a NUL.
std::string text_member(const ForeignJson& object, const char* key, Presence presence);
const ForeignJson& list_member(const ForeignJson& object, const char* key);

// Hex, of "sha256:…"; `name` says whose it is.
std::string read_digest(const ForeignJson& value, std::string_view name);
Descriptor read_descriptor(const ForeignJson& value, std::string_view name);
ImagePlatform read_platform(const ForeignJson& object);

std::string shown_text(std::string_view text);  // in double quotes, printable and not long

}  // namespace devbox::image
