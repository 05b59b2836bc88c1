// A command with a tree as its root and nothing else of a box: what chroot(8) would do, had an
// ordinary user a right to it. No pid namespace, no filter, no mount beyond what a compiler needs;
// a build in it is the build outside with the same compiler.
//
//   outside TREE WORKSPACE COMMAND [ARG…]
//
// WORKSPACE is bound on the tree's /mnt, where the command starts.
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { kFailed = 125 };

static void write_file(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  const ssize_t size = (ssize_t)strlen(text);
  if (fd < 0 || write(fd, text, (size_t)size) != size) err(kFailed, "write %s", path);
  close(fd);
}

static void bind(const char* source, const char* target) {
  if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) < 0) err(kFailed, "bind %s", target);
}

int main(int argc, char** argv) {
  if (argc < 4) errx(2, "usage: outside TREE WORKSPACE COMMAND [ARG...]");
  const uid_t uid = getuid();
  const gid_t gid = getgid();
  char text[64];
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) err(kFailed, "unshare");
  write_file("/proc/self/setgroups", "deny");
  snprintf(text, sizeof text, "%u %u 1\n", uid, uid);
  write_file("/proc/self/uid_map", text);
  snprintf(text, sizeof text, "%u %u 1\n", gid, gid);
  write_file("/proc/self/gid_map", text);
  bind(argv[1], argv[1]);
  if (chdir(argv[1]) < 0) err(kFailed, "chdir %s", argv[1]);
  bind("/dev", "dev");
  bind("/proc", "proc");
  bind(argv[2], "mnt");
  // Of its own, as a box has: a compiler's temporary files are not to make the difference.
  if (mount("tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") < 0) {
    err(kFailed, "mount tmp");
  }
  if (chroot(".") < 0 || chdir("/mnt") < 0) err(kFailed, "chroot %s", argv[1]);
  execvp(argv[3], argv + 3);
  err(kFailed, "exec %s", argv[3]);
}
