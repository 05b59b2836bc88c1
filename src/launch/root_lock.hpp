// The lock of a persistent root (store/roots.hpp), for whoever wants it without a box; and how one
// is thrown away.
#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "host/id_maps.hpp"
#include "util/fd.hpp"

namespace devbox::launch {

// The id of the box that holds a lock, or held it last, as it wrote it.
std::string lock_holder(int lock);

// The lock of the root in `directory`, taken: no box writes there as long as this lives. Throws
// Error where one does; `profile` is for people.
Fd lock_root(const std::string& directory, const std::string& profile);

// Throws away the root in `directory`, whose lock the caller holds, by one rename: then it is gone,
// and a kill leaves rubbish in `scratch` that the next start removes. Throws Error.
void discard_root(const std::string& directory, const std::string& scratch, const host::Host& host);

// The same of what a box wrote at `paths`, each absolute and normal, in the root there: what the
// image has there is seen again. True of each where something was written. Throws Error where a
// directory on the way was removed and made again, in which nothing of the image is seen: then
// nothing has changed. Where others than the user own some of it, `ids` are all that he may map.
std::vector<bool> discard_paths(const std::string& directory, const std::vector<std::string>& paths,
                                const std::string& scratch, const host::Host& host,
                                const host::IdMaps& ids);

}  // namespace devbox::launch
