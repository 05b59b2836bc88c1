// The yardstick: what the namespaces, the mounts and the filter of a box cost a C program that does
// nothing else. It decides nothing, reports nothing but its own failures, and owns no box: it is
// what devbox is measured against, not a way to run one.
//
//   bare TREE HOME WORKSPACE COMMAND [ARG…]
//
// HOME becomes /home/bench, WORKSPACE (somewhere below /tmp) itself. The mounts are those that
// `devbox plan` shows for the benchmark's profile.
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define constexpr static const __attribute__((unused))  // the build makes the filters for C++
#include "kernel/seccomp_filters.inc"

enum { kFailed = 125 };  // the status of our own failures, as devbox's

static const unsigned long kPlain = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

static void write_file(const char* path, int flags, const char* text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
  const ssize_t size = (ssize_t)strlen(text);
  if (fd < 0 || write(fd, text, (size_t)size) != size) err(kFailed, "write %s", path);
  close(fd);
}

static void map_ids(uid_t uid, gid_t gid) {
  char text[64];
  write_file("/proc/self/setgroups", 0, "deny");
  snprintf(text, sizeof text, "%u %u 1\n", uid, uid);
  write_file("/proc/self/uid_map", 0, text);
  snprintf(text, sizeof text, "%u %u 1\n", gid, gid);
  write_file("/proc/self/gid_map", 0, text);
}

static void make_directory(const char* path, mode_t mode) {
  if (mkdir(path, mode) < 0 && errno != EEXIST) err(kFailed, "mkdir %s", path);
}

// "a/b/c": a, then a/b, then a/b/c.
static void make_directories(const char* path) {
  char part[PATH_MAX];
  for (size_t i = 1;; ++i) {
    if (path[i] != '/' && path[i] != '\0') continue;
    snprintf(part, sizeof part, "%.*s", (int)i, path);
    make_directory(part, 0755);
    if (path[i] == '\0') return;
  }
}

static void make_link(const char* text, const char* path) {
  if (symlink(text, path) < 0) err(kFailed, "symlink %s", path);
}

static void set_attributes(const char* target, unsigned long attributes, unsigned flags) {
  struct mount_attr change = {.attr_set = attributes};
  if (mount_setattr(AT_FDCWD, target, flags, &change, sizeof change) < 0) {
    err(kFailed, "change the mount %s", target);
  }
}

static void bind(const char* source, const char* target, unsigned long attributes) {
  if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) < 0) err(kFailed, "bind %s", target);
  set_attributes(target, attributes, AT_RECURSIVE);
}

static void mount_new(const char* type, const char* target, unsigned long flags,
                      const char* options) {
  if (mount(type, target, type, flags, options) < 0) err(kFailed, "mount %s", target);
}

static void mount_tmpfs(const char* target, const char* options) {
  mount_new("tmpfs", target, MS_NOSUID | MS_NODEV, options);
}

// From here on every path without a slash in front is the box's.
static void enter_tree(const char* tree) {
  bind(tree, tree, kPlain | MOUNT_ATTR_RDONLY);
  if (chdir(tree) < 0) err(kFailed, "chdir %s", tree);
}

// What the tree lacks, as overlays of a generated directory. That lies below what becomes the box's
// /tmp, and needs no unmounting.
static void mount_generated(const char* resolv_conf) {
  mount_tmpfs("tmp", "mode=0700");
  make_directory("tmp/etc", 0755);
  write_file("tmp/etc/passwd", O_CREAT, "bench:x:1000:1000::/home/bench:/bin/sh\n");
  write_file("tmp/etc/group", O_CREAT, "bench:x:1000:\n");
  write_file("tmp/etc/hosts", O_CREAT, "127.0.0.1 localhost bench\n");
  write_file("tmp/etc/hostname", O_CREAT, "bench\n");
  write_file("tmp/etc/resolv.conf", O_CREAT, "");
  make_directory("tmp/home", 0755);
  make_directory("tmp/home/bench", 0755);
  const unsigned long flags = MS_NOSUID | MS_NODEV | MS_RDONLY;
  mount_new("overlay", "etc", flags, "lowerdir=tmp/etc:etc");
  mount_new("overlay", "home", flags, "lowerdir=tmp/home:home");
  bind(resolv_conf, "etc/resolv.conf", kPlain | MOUNT_ATTR_RDONLY);
}

static void mount_dev(void) {
  static const char* const kDevices[][2] = {
      {"/dev/null", "dev/null"},     {"/dev/zero", "dev/zero"},       {"/dev/full", "dev/full"},
      {"/dev/random", "dev/random"}, {"/dev/urandom", "dev/urandom"}, {"/dev/tty", "dev/tty"}};
  mount_tmpfs("dev", "mode=0755");
  for (size_t i = 0; i < sizeof kDevices / sizeof kDevices[0]; ++i) {
    write_file(kDevices[i][1], O_CREAT, "");
    bind(kDevices[i][0], kDevices[i][1], MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  }
  make_directory("dev/pts", 0755);
  mount_new("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620");
  make_directory("dev/shm", 0755);
  mount_tmpfs("dev/shm", "mode=1777");
  make_link("pts/ptmx", "dev/ptmx");
  make_link("/proc/self/fd", "dev/fd");
  make_link("/proc/self/fd/0", "dev/stdin");
  make_link("/proc/self/fd/1", "dev/stdout");
  make_link("/proc/self/fd/2", "dev/stderr");
  set_attributes("dev", MOUNT_ATTR_RDONLY, 0);
}

static void mount_run(uid_t uid) {
  char path[PATH_MAX];
  mount_tmpfs("run", "mode=0755");
  make_directory("run/lock", 01777);
  make_directory("run/user", 0755);
  snprintf(path, sizeof path, "run/user/%u", uid);
  make_directory(path, 0700);
}

static void mount_all(char** argv, uid_t uid) {
  char resolv_conf[PATH_MAX];
  if (realpath("/etc/resolv.conf", resolv_conf) == NULL) err(kFailed, "/etc/resolv.conf");
  enter_tree(argv[1]);
  mount_generated(resolv_conf);
  mount_dev();
  bind(argv[2], "home/bench", kPlain);
  mount_new("proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  mount_run(uid);
  bind("/sys", "sys", kPlain | MOUNT_ATTR_RDONLY);
  mount_tmpfs("tmp", "mode=1777");
  make_directories(argv[3] + 1);
  bind(argv[3], argv[3] + 1, kPlain);
}

static void enter_root(void) {
  if (syscall(SYS_pivot_root, ".", ".") < 0) err(kFailed, "pivot_root");
  if (umount2(".", MNT_DETACH) < 0) err(kFailed, "unmount the old root");
  if (chdir("/") < 0) err(kFailed, "chdir /");
}

static void confine(void) {
  if (sethostname("bench", 5) < 0) err(kFailed, "sethostname");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) err(kFailed, "no_new_privs");
  for (int capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; ++capability) {
  }
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
  if (syscall(SYS_capset, &header, none) < 0) err(kFailed, "capset");
  const struct sock_fprog program = {sizeof kStandardFilter / sizeof kStandardFilter[0],
                                     (struct sock_filter*)kStandardFilter};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) err(kFailed, "seccomp");
}

static int status_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Pid 1: reaps until the command ends, and the kernel ends the rest.
static int run(char** command, const char* workspace) {
  const pid_t pid = fork();
  if (pid < 0) err(kFailed, "fork");
  if (pid == 0) {
    if (chdir(workspace) < 0) err(kFailed, "chdir %s", workspace);
    execvp(command[0], command);
    err(kFailed, "exec %s", command[0]);
  }
  int status = 0;
  for (pid_t ended = 0; ended != pid;) {
    ended = wait(&status);
    if (ended < 0 && errno != EINTR) err(kFailed, "wait");
  }
  return status_of(status);
}

int main(int argc, char** argv) {
  if (argc < 5 || argv[3][0] != '/') errx(2, "usage: bare TREE HOME WORKSPACE COMMAND [ARG...]");
  const uid_t uid = getuid();
  const gid_t gid = getgid();
  const int flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
                    CLONE_NEWCGROUP | SIGCHLD;
  const pid_t pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
  if (pid < 0) err(kFailed, "clone");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    map_ids(uid, gid);
    mount_all(argv, uid);
    enter_root();
    confine();
    return run(argv + 4, argv[3]);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) err(kFailed, "wait");
  }
  return status_of(status);
}
