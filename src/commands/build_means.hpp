// What of a build's surroundings can be varied on this machine, with this image.
#pragma once

#include "build/vary.hpp"
#include "commands/build_site.hpp"

namespace devbox::commands {

build::Means find_means(const BuildSite& site);

}  // namespace devbox::commands
