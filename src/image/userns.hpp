// A user namespace of one id, for this process.
#pragma once

#include <sys/types.h>

namespace devbox::image {

// unshare(2) with CLONE_NEWUSER and `flags`; the caller's uid and gid are `uid` and `gid` inside.
// `subject` says what it is for: "to unpack an image in". Throws Error with the cause.
void enter_user_namespace(uid_t uid, gid_t gid, int flags, const char* subject);

}  // namespace devbox::image
