// A recipe: what devbox tells devbox-image of an image in a registry. JSON:
//
//   {"registry": "docker.io", "repository": "library/gcc", "tag": "12", "digest": "sha256:…",
//    "mirrors": ["https://…"], "insecure": false, "platforms": ["linux/amd64"],
//    "auth_files": ["/home/me/.docker/config.json"],
//    "connect_seconds": 30, "stall_seconds": 60}
//
// Of `tag` and `digest` there must be one; the digest goes before the tag. The rest may be left
// out: no platforms are all of the index, no auth_files those of image/auth.hpp in this process's
// environment. What is found is under the names of the platforms that are asked for:
// "linux/arm/v7", also where that gets what was made for v6.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "image/oci.hpp"
#include "image/registry.hpp"
#include "util/json.hpp"

namespace devbox::image {

// {"known": {"sha256:…": "/a/log"}} says which layers need not be fetched.
//
// In place of "registry" and "repository" there may be {"layout": "/an/OCI/layout"}, or {"archive":
// "/a/file", "docker": true}, of an archive of such a layout or of one of `docker save`; a tag and
// a digest may then both be missing.
struct Source {
  RegistryAccess access;
  std::string layout;                        // a directory; may be empty
  std::string archive;                       // a file; may be empty
  bool docker = false;                       // what `docker save` wrote
  std::map<std::string, std::string> known;  // logs of layers (image/layer_log.hpp), by their hex
  std::string tag;
  std::string digest;  // hex
  std::vector<ImagePlatform> platforms;

  const std::string& wanted() const { return digest.empty() ? tag : digest; }  // for manifest()
  std::string text() const;  // "docker.io/library/gcc:12", for messages
};

// Members that it does not know belong to somebody else. Throws Error where one is wrong.
Source parse_source(const Json& recipe);

}  // namespace devbox::image
