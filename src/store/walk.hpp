// Every name below a directory.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>

namespace devbox::store {

struct Visited {
  int directory;     // that holds it; borrowed
  const char* name;  // "." of the first
  const struct stat& status;
};

// Visits `directory` and all that is below it, a directory before what is in it; nothing where it
// is not there. Follows no link, and opens nothing but directories. What goes meanwhile is passed
// over. Throws Error where something cannot be read.
void walk(const std::string& directory, const std::function<void(const Visited&)>& visit);

}  // namespace devbox::store
