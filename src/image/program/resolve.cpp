// devbox-image resolve: what a reference stands for, for each platform. It holds the credentials,
// and so reads the registry's documents and no archive.
#include <signal.h>
#include <unistd.h>

#include <memory>

#include "image/pick.hpp"
#include "image/program/open_source.hpp"
#include "image/program/say.hpp"
#include "image/recipe.hpp"

namespace devbox::image {

int resolve_command() {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  return say_errors([] {
    const Source source = parse_source(read_recipe(STDIN_FILENO));
    const std::unique_ptr<Blobs> blobs = open_source(source, {}).blobs;
    const Images found = pick(*blobs, source);
    Json said = Json::object();
    if (!found.index.empty()) said["index"] = "sha256:" + found.index;
    said["platforms"] = Json::object();
    for (const Image& image : found.images) said["platforms"][image.platform] = image_json(image);
    write_text(STDOUT_FILENO, json_line(said));
  });
}

}  // namespace devbox::image
