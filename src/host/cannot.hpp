// The sentence for a system call that failed on a path, and what to do about it.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "util/error.hpp"

namespace devbox::host {

struct ErrnoHint {
  int err;
  std::string_view text;
};
inline constexpr ErrnoHint kErrnoHints[] = {
    {ENOENT, "check the spelling, and that it is on this machine"},
    {EACCES, "`namei -l` on it shows which directory or file refuses you"},
    {EPERM, "`namei -l` on it shows whose it is"},
    {ELOOP, "a symbolic link on the way leads back to itself; `namei` on it shows which"},
    {ENOTDIR, "`namei` on it shows which part is a file where a directory is needed"},
    {ENAMETOOLONG, "use a shorter path"},
    {EMFILE, "this process has too many files open; `ulimit -n` shows the limit"},
    {ENFILE, "the whole machine has too many files open; see `sysctl fs.file-max`"},
    {ENOSPC, "the file system is full; free some space and try again"},
    {EDQUOT, "your disk quota is used up; free some space and try again"},
    {EROFS, "the file system is read-only; name a place that can be written"},
    {EIO, "the disk or the network file system failed; the kernel log (`dmesg`) says more"},
    {ESTALE, "the network file system has lost it; enter the directory anew and try again"},
};

std::string_view errno_hint(int err);     // empty where there is nothing to say
std::string errno_text(int err);          // strerror(3), safe with threads
std::string_view kind_text(mode_t mode);  // "a directory", "a FIFO", …

// "cannot VERB PATH: REASON", the path escaped for a terminal.
Error cannot(std::string_view verb, std::string_view path, int err);

}  // namespace devbox::host
