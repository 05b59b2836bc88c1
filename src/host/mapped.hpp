// Work that needs the ids of subordinate ranges: in a user namespace that maps them.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "host/id_maps.hpp"

namespace devbox::host {

// Moves this process, of one thread, into a user namespace of its own and into those of `flags`
// (unshare(2)). Another process stays outside for as long as `map` takes, which gets the id of this
// one and writes its maps. `subject` says what it is for: "to unpack an image in". Throws Error;
// the process may then be in the new namespaces, and is good for nothing but to say so.
void enter_namespaces(int flags, const char* subject, const std::function<void(pid_t)>& map);

// The same with `maps`, which newuidmap(1) and newgidmap(1) write. It stays who it is, an id that
// must be mapped to itself or be root there, and has every capability over it.
void enter_mapped_namespace(const IdMaps& maps, const std::string& user, int flags,
                            const char* subject);

// Has a process of its own, in such a namespace, do `work`, and returns what that returns; this
// process must have one thread. Throws Error where the namespace cannot be made, what `work` threw,
// or that the process was ended.
std::string run_mapped(const IdMaps& maps, const std::string& user, const char* subject,
                       const std::function<std::string()>& work);

}  // namespace devbox::host
