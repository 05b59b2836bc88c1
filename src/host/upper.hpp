// Whether an overlay can write to a directory's file system (overlayfs.rst, "Upper and Lower").
#pragma once

#include "kernel/sys.hpp"

namespace devbox::host {

// Makes "upper" and "work" in `directory` (borrowed) and looks whether they will do: EREMOTE on a
// network file system, EXDEV on an overlay, EOPNOTSUPP without user extended attributes, EINVAL
// without d_type; else of what could not be made. Without these checks the kernel mounts on some of
// them and fails later: `rmdir d && mkdir d` is EIO then.
kernel::Done make_upper(int directory);

}  // namespace devbox::host
