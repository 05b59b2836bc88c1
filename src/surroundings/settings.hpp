// devbox-surroundings.so: what the kernel does not change for an unprivileged user, changed in the
// programs of a box: the time, the order of directory entries, and the release that uname(2) tells.
//
// /etc/ld.so.preload of the box names kPreloadPath, so that glibc's loader puts it into every
// program that it starts (musl's reads no such file). It reads its settings once, from
// kSettingsPath: lines of a key, a space and a value (settings_text.hpp writes them). A key that is
// missing leaves its subject alone; a line that is not understood is passed over, and without the
// file everything is as without the library.
//
//   time_start NS      CLOCK_REALTIME in nanoseconds when the build began
//   time_base NS       what the clock showed then. A whole second: else a tool that keeps times by
//                      the second or microsecond comes to lie before it
//   time_slowdown N    1: the clock runs as it does; 1000: it shows a nanosecond for 1000, and a
//                      build of a quarter of an hour is over within a second
//   order sorted       by the bytes of the names. "." and ".." come first in every order
//   order reversed
//   order hashed-SEED  by a hash of the name
//   release TEXT       for uname(2); sysname and machine are what a build rightly asks
//   version TEXT
//
// What happens to the time. Clocks show base + (real - start) / slowdown. Times of files that lie
// between the start (a tick of the kernel earlier) and now are shown so too. Of a file that was
// there before the start, what is newer than the base is shown as the base: else headers of the
// image and sources would lie in the future, and make would build them for ever. All others were
// set by someone and stay. A time that the build sets and that lies between the base and now, as
// shown, is stored as the real one that shows so: it reads back exactly, and `cp -p` keeps the
// order. Any other that it sets is stored and read as it is. Waits until a time last as long as
// they were meant to.
//
// Where the clock is slowed, a program that asks it until two seconds have gone by asks for very
// long, and all files are of one second for what keeps times by the second (Python's .pyc, git).
//
// Not reached:
// - programs without glibc's dynamic loader: static ones, musl's, 32-bit ones (whose loader says so
//   on standard error, once each), and what makes system calls itself, as Go's runtime does
// - what libc does for itself: nftw, fts_read and glob with GLOB_NOSORT (gnulib's fts, which find,
// ls,
//   rm and tar have, is reached), getdents64(3), getdirentries(3), the time in syslog(3)
// - the kernel's own: /proc/uptime, /proc/version, /proc/sys/kernel/*, times in core dumps and
//   signals, SO_TIMESTAMP, the times that another machine's clock set
// - more than microseconds of what is set by utimes(2), more than seconds of utime(2)
// - clock_settime(2) and adjtimex(2), which need a privilege that no box has
#pragma once

namespace devbox::surroundings {

inline constexpr const char* kSettingsPath = "/run/devbox/surroundings";

// Where the library is in the box, and the symbolic link to it that /etc/ld.so.preload names. A
// program of gcc's -fsanitize=address ends at once where the first library, as the loader names it,
// is not its own, which it knows by "libasan.so" in the path; one of clang's ends where a file that
// is mapped, as the kernel names it, has that in its path.
inline constexpr const char* kLibraryPath = "/run/devbox/surroundings.so";
inline constexpr const char* kPreloadPath = "/run/devbox/libasan.so.surroundings";

// The keys; each is followed by one space.
inline constexpr const char* kTimeStart = "time_start";
inline constexpr const char* kTimeBase = "time_base";
inline constexpr const char* kTimeSlowdown = "time_slowdown";
inline constexpr const char* kOrder = "order";
inline constexpr const char* kRelease = "release";
inline constexpr const char* kVersion = "version";

// Values of `order`; a decimal seed follows the last one.
inline constexpr const char* kSorted = "sorted";
inline constexpr const char* kReversed = "reversed";
inline constexpr const char* kHashed = "hashed-";

// What the library reads of the file at most, and of a text (struct utsname, uname(2)).
inline constexpr int kMostSettings = 1024;
inline constexpr int kMostText = 64;

}  // namespace devbox::surroundings
