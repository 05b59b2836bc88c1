#!/usr/bin/env bash
# What code in a box cannot reach, change or learn.
. "$(dirname "$0")/lib.sh"
needs python3 sha256sum

# attempt VERB ARGUMENT…: tries one thing and prints "done", or the name of the errno it got.
compile attempt <<'C'
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif

static int say(long result) {
  if (result < 0) puts(strerrorname_np(errno) ? strerrorname_np(errno) : "?");
  else puts("done");
  return result < 0;
}

static long number(const char* text) { return (long)strtoull(text, NULL, 0); }

#if defined(__x86_64__)
/* The 32-bit calls of this architecture, from a 64-bit program: pointers must lie low. */
static long call32(long nr, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(nr), "b"(a), "c"(b), "d"(c)
                   : "memory", "r8", "r9", "r10", "r11");
  return (int)result;
}
static void none32(int signal) {
  (void)signal;
  static const char kText[] = "no 32-bit calls\n";
  if (write(1, kText, sizeof kText - 1) < 0) _exit(2);
  _exit(0);
}
#endif

static int do_ioctl(char** v) { /* WAY REQUEST */
  char* byte = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | 0x40, -1, 0);
  int fd = open("/dev/null", O_RDWR);
  unsigned long request = number(v[1]);
  *byte = 'x';
  if (strcmp(v[0], "64") == 0) return say(syscall(SYS_ioctl, fd, request, byte));
#if defined(__x86_64__)
  long result;
  if (strcmp(v[0], "32") == 0) {
    signal(SIGSEGV, none32);
    result = call32(54, fd, (long)request, (long)byte);
  } else {
    result = syscall(0x40000000 | 514, fd, request, byte);
    return say(result);
  }
  errno = (int)-result;
  return say(result < 0 ? -1 : 0);
#else
  puts("no 32-bit calls");
  return 0;
#endif
}

/* Every descriptor from 3 that is open. */
static int do_fds(char** v) {
  (void)v;
  for (int fd = 3; fd < 65536; ++fd)
    if (fcntl(fd, F_GETFD) >= 0) printf("%d ", fd);
  puts("");
  return 0;
}

/* COMMAND…: with descriptors 3 to 777 open on "/". */
static int do_with_fds(char** v) {
  int root = open("/", O_RDONLY | O_DIRECTORY);
  for (int fd = 3; fd <= 777; ++fd)
    if (fd != root && dup2(root, fd) < 0) return say(-1);
  execvp(v[0], v);
  return say(-1);
}

static int do_open(char** v) { /* PATH r|w|d */
  int flags = v[1][0] == 'w' ? O_WRONLY : v[1][0] == 'd' ? O_RDONLY | O_DIRECTORY : O_RDONLY;
  return say(open(v[0], flags));
}

static int do_mknod(char** v) { /* PATH c|b MAJOR MINOR */
  return say(mknod(v[0], 0666 | (v[1][0] == 'c' ? S_IFCHR : S_IFBLK),
                   makedev(number(v[2]), number(v[3]))));
}

static int do_kill(char** v) { return say(kill((pid_t)number(v[0]), (int)number(v[1]))); }

static int do_trace(char** v) {
  return say(ptrace(PTRACE_SEIZE, (pid_t)number(v[0]), NULL, NULL));
}

static int write_file(const char* path, const char* text) {
  int fd = open(path, O_WRONLY);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) return -1;
  return close(fd);
}

/* Root in a user and mount namespace of its own, then COMMAND… */
static int do_as_root(char** v) {
  char map[64];
  snprintf(map, sizeof map, "0 %d 1", (int)geteuid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || write_file("/proc/self/setgroups", "deny") < 0 ||
      write_file("/proc/self/uid_map", map) < 0)
    return say(-1);
  execvp(v[0], v);
  return say(-1);
}

static int do_unshare(char** v) { return say(unshare((int)number(v[0]))); }

/* Every mount: makes it writable in three ways, takes it off, looks below it. Prints what worked. */
static int do_mounts(char** v) {
  (void)v;
  struct {
    unsigned long long set, clear, propagation, userns;
  } attributes = {0, 1, 0, 0}; /* MOUNT_ATTR_RDONLY */
  char line[4096], points[512][256], flags[512][256];
  int count = 0;
  FILE* info = fopen("/proc/self/mountinfo", "r");
  while (count < 512 && fgets(line, sizeof line, info))
    if (sscanf(line, "%*s %*s %*s %*s %255s %255s", points[count], flags[count]) == 2) ++count;
  fclose(info);
  for (int i = 0; i < count; ++i) {
    const char* p = points[i];
    if (strncmp(flags[i], "ro", 2) == 0) {
      if (mount(NULL, p, NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL) == 0)
        printf("remounted %s\n", p);
      if (mount(NULL, p, NULL, MS_REMOUNT | MS_NOSUID, NULL) == 0)
        printf("remounted the file system of %s\n", p);
      if (syscall(SYS_mount_setattr, AT_FDCWD, p, 0, &attributes, sizeof attributes) == 0)
        printf("changed %s\n", p);
    }
    if (strcmp(p, "/") != 0 && umount2(p, MNT_DETACH) == 0) printf("took off %s\n", p);
    if (strcmp(p, "/") != 0 && umount2(p, 0) == 0) printf("took off %s\n", p);
  }
  const char* holders[] = {"/", "/etc", "/dev", "/home", "/tmp", getenv("HOME")};
  for (unsigned i = 0; i < sizeof holders / sizeof *holders; ++i) {
    int has_mounts = 0;
    size_t n = strcmp(holders[i], "/") == 0 ? 0 : strlen(holders[i]);
    for (int k = 0; k < count; ++k)
      has_mounts |= strncmp(points[k], holders[i], n) == 0 && points[k][n] == '/' && points[k][n + 1];
    if (has_mounts && syscall(SYS_open_tree, AT_FDCWD, holders[i], 1 /* OPEN_TREE_CLONE */) >= 0)
      printf("looked below the mounts of %s\n", holders[i]);
  }
  puts("end");
  return 0;
}

/* Out of a chroot by a directory that is held outside of it, up as far as it goes. */
static int do_chroot(char** v) {
  (void)v;
  struct stat top;
  mkdir("cage", 0700);
  int out = open("/", O_RDONLY | O_DIRECTORY);
  if (chroot("cage") < 0) return say(-1);
  if (fchdir(out) < 0) return say(-1);
  for (int i = 0; i < 100; ++i)
    if (chdir("..") < 0) return say(-1);
  if (chroot(".") < 0 || stat("/", &top) < 0) return say(-1);
  printf("%lu:%lu\n", (unsigned long)top.st_dev, (unsigned long)top.st_ino);
  return 0;
}

static int do_top(char** v) { /* the file that PATH is */
  struct stat top;
  if (stat(v[0], &top) < 0) return say(-1);
  printf("%lu:%lu\n", (unsigned long)top.st_dev, (unsigned long)top.st_ino);
  return 0;
}

/* COMMAND…: in a session keyring that has a key called devbox-e2e. */
static int do_with_key(char** v) {
  char command[4096] = "";
  if (syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, "devbox-e2e-session", 0, 0, 0) < 0)
    return say(-1);
  long key = syscall(SYS_add_key, "user", "devbox-e2e", "secret", 6, -3);
  if (key < 0) return say(-1);
  /* The owner may do everything, even without possessing it. */
  if (syscall(SYS_keyctl, 5 /* KEYCTL_SETPERM */, key, 0x3f010000, 0, 0) < 0) return say(-1);
  snprintf(command, sizeof command, "%ld", key);
  setenv("KEY", command, 1);
  for (int i = 0; v[i]; ++i)
    if (strcmp(v[i], "KEY") == 0) v[i] = command;
  execvp(v[0], v);
  return say(-1);
}
static int do_find_key(char** v) {
  (void)v;
  return say(syscall(SYS_keyctl, 10 /* KEYCTL_SEARCH */, -3, "user", "devbox-e2e", 0));
}
static int do_request_key(char** v) {
  (void)v;
  return say(syscall(SYS_request_key, "user", "devbox-e2e", NULL, 0));
}
static int do_read_key(char** v) {
  char bytes[64];
  return say(syscall(SYS_keyctl, 11 /* KEYCTL_READ */, number(v[0]), bytes, sizeof bytes, 0));
}
static int do_add_key(char** v) {
  (void)v;
  return say(syscall(SYS_add_key, "user", "devbox-e2e-inside", "x", 1, -3));
}

static int do_connect(char** v) { /* PORT | @NAME */
  if (v[0][0] == '@') {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path + 1, v[0] + 1, strlen(v[0]) - 1);
    return say(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr*)&name,
                       (socklen_t)(sizeof name.sun_family + strlen(v[0]))));
  }
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number(v[0]))};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return say(connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr*)&at, sizeof at));
}

static int do_ids(char** v) {
  (void)v;
  printf("%d %d %d %d\n", (int)getuid(), (int)geteuid(), (int)getgid(), (int)getegid());
  return 0;
}

static int do_mount_tmpfs(char** v) { return say(mount("none", v[0], "tmpfs", 0, NULL)); }

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    int (*run)(char**);
  } verbs[] = {{"ioctl", do_ioctl},       {"fds", do_fds},         {"with-fds", do_with_fds},
               {"open", do_open},         {"mknod", do_mknod},     {"kill", do_kill},
               {"trace", do_trace},       {"as-root", do_as_root}, {"unshare", do_unshare},
               {"mounts", do_mounts},     {"chroot", do_chroot},   {"top", do_top},
               {"with-key", do_with_key}, {"find-key", do_find_key}, {"read-key", do_read_key},
               {"request-key", do_request_key}, {"add-key", do_add_key}, {"connect", do_connect},
               {"ids", do_ids}, {"mount-tmpfs", do_mount_tmpfs}};
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (unsigned i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; ++i)
    if (strcmp(argv[1], verbs[i].name) == 0) return verbs[i].run(argv + 2);
  return 2;
}
C

# The helper is in every workspace. attempt ARGUMENT…: in the plain box.
place_helper() { cp "$helpers/attempt" "$project/"; }
attempt() { run -- ./attempt "$@"; }

# gets WHAT EXPECTED ARGUMENT…: the helper, in the plain box, says EXPECTED.
gets() {
  local what=$1 expected=$2
  shift 2
  attempt "$@"
  same "$what" "$expected" "$out$err"
}

readonly TIOCSTI=0x5412 TIOCLINUX=0x541C TCGETS=0x5401

check_terminal_injection_is_refused_by_every_way_into_the_kernel() {
  place_helper
  local request way
  for request in $TIOCSTI $TIOCLINUX; do
    gets "ioctl $request" EPERM ioctl 64 "$request"
    gets "ioctl $request with garbage above it" EPERM ioctl 64 "0xdeadbeef0000${request#0x}"
    gets "ioctl $request with one bit above it" EPERM ioctl 64 "0x10000${request#0x}"
    for way in 32 x32; do
      attempt ioctl "$way" "$request"
      [ "$out" = "no 32-bit calls" ] || [ "$way $out" = "x32 ENOSYS" ] ||
        same "ioctl $request by the $way calls" EPERM "$out"
    done
  done
  # The test can tell: what the filter lets through, /dev/null refuses in its own way.
  gets "an ioctl that is no injection" ENOTTY ioctl 64 "$TCGETS"
  printf '[security]\nseccomp = "off"\n' | profile off
  wait_for_keys
  capture "$DEVBOX" run -p off -- ./attempt ioctl 64 "$TIOCSTI"
  same "TIOCSTI without a filter" ENOTTY "$out"
}

check_terminal_injection_is_refused_after_unshare_too() {
  place_helper
  gets "TIOCSTI as root of an own namespace" EPERM as-root ./attempt ioctl 64 "$TIOCSTI"
}

check_a_strict_box_makes_no_namespaces_and_still_compiles() {
  place_helper
  printf '[security]\nseccomp = "strict"\n' | profile strict
  local flag
  for flag in 0x10000000 0x00020000 0x20000000 0x08000000 0x04000000 0x40000000 0x02000000; do
    capture "$DEVBOX" run -p strict -- ./attempt unshare "$flag"
    same "unshare($flag)" EPERM "$out"
  done
  capture "$DEVBOX" run -p strict -- ./attempt mount-tmpfs /tmp
  same "mount" EPERM "$out"
  capture "$DEVBOX" run -p strict -- ./attempt ioctl 64 "$TIOCSTI"
  same "TIOCSTI" EPERM "$out"
  capture "$DEVBOX" run -p strict -- unshare -U true
  same "unshare -U: status" 1 "$status"
  cat >hello.cpp <<'CPP'
#include <iostream>
#include <thread>
int main() {
  std::thread([] { std::cout << "hello from a thread\n"; }).join();
}
CPP
  capture "$DEVBOX" run -p strict -- sh -c 'g++ -pthread -o hello hello.cpp && ./hello'
  same "a C++ program: errors" "" "$err"
  same "a C++ program" "hello from a thread" "$out"
  capture "$DEVBOX" run -p strict -- sh -c 'git init -q r && cd r && git -c user.name=a -c \
    user.email=a@b commit -q --allow-empty -m one && git log --format=%s && ls | sort | wc -l &&
    python3 -c "import subprocess; print(subprocess.run([\"echo\", \"x\"]).returncode)"'
  same "git, pipes and python" $'one\n0\nx\n0' "$out"
  same "git, pipes and python: errors" "" "$err"
}

check_an_ordinary_box_makes_namespaces_of_its_own() {
  place_helper
  gets "root in a namespace of its own" "0 0 65534 65534" as-root ./attempt ids
}

check_inherited_descriptors_are_closed() {
  place_helper
  capture "$helpers/attempt" with-fds "$DEVBOX" run -p box -- ./attempt fds
  same "open in the command" " " "$out "
  same "standard error" "" "$err"
  capture "$helpers/attempt" with-fds "$DEVBOX" run -p box --pass-fd 500 --pass-fd 3 -- ./attempt fds
  same "open in the command, two being passed" "3 500" "${out% }"
}

check_a_working_directory_does_not_lead_out_of_the_box() {
  local fd
  for fd in 3 4 5 6 7 8 9 10 11 12 777; do
    refuses 125 "devbox: cannot enter the working directory /proc/self/fd/$fd: No such file or directory
  hint: there is no such directory inside the box; \`--cwd\` names another" \
      "$helpers/attempt" with-fds "$DEVBOX" run -p box --cwd "/proc/self/fd/$fd" -- pwd
  done
  for fd in /proc/1/root /proc/1/cwd /proc/1/fd; do
    refuses 125 "devbox: cannot enter the working directory $fd: Permission denied
  hint: you may not enter it inside the box; \`--cwd\` names another" \
      "$DEVBOX" run -p box --cwd "$fd" -- pwd
  done
}

check_pid_1_cannot_be_read_written_or_traced() {
  place_helper
  local name
  for name in exe mem environ maps auxv syscall stack; do
    gets "reading /proc/1/$name" EACCES open "/proc/1/$name" r
  done
  gets "writing /proc/1/mem" EACCES open /proc/1/mem w
  gets "writing /proc/1/exe" EACCES open /proc/1/exe w
  gets "listing /proc/1/fd" EACCES open /proc/1/fd d
  gets "listing /proc/1/map_files" EACCES open /proc/1/map_files d
  gets "entering /proc/1/root" EACCES open /proc/1/root d
  gets "entering /proc/1/cwd" EACCES open /proc/1/cwd d
  gets "tracing pid 1" EPERM trace 1
  gets "reading /proc/1/mem as root of an own namespace" EACCES as-root ./attempt open /proc/1/mem r
  gets "tracing pid 1 as root of an own namespace" EPERM as-root ./attempt trace 1
  run --map root -- ./attempt open /proc/1/mem r
  same "reading /proc/1/mem as the box's root" EACCES "$out"
}

check_no_executable_of_a_process_can_be_written() {
  place_helper
  run -- bash -c 'for exe in /proc/[0-9]*/exe; do ./attempt open "$exe" w; done | sort | uniq -c'
  lacks "writing /proc/*/exe" "$out" "done"
  gets "writing the running program" ETXTBSY open /proc/self/exe w
  run -- sh -c 'cp attempt copy; ./copy open /proc/self/exe w; ./attempt open /usr/bin/env w'
  same "writing another and one of the tree" $'ETXTBSY\nEROFS' "$out"
}

check_the_kernels_settings_are_not_writable() {
  place_helper
  local file map as
  for map in self root; do
    for file in /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe \
      /proc/sys/kernel/hostname /proc/sys/vm/drop_caches /proc/sys/fs/binfmt_misc/register \
      /proc/irq/default_smp_affinity /proc/kcore \
      /sys/kernel/uevent_helper /sys/power/state /sys/fs/cgroup/release_agent \
      /sys/fs/cgroup/memory/release_agent /sys/fs/cgroup/cgroup.procs \
      /sys/kernel/security/apparmor/.load /sys/firmware/efi/vars/new_var; do
      for as in "" "as-root ./attempt"; do
        run --map "$map" -- ./attempt $as open "$file" w
        # What this kernel does not have cannot be opened either.
        [[ "$out" == EACCES || "$out" == EROFS || "$out" == ENOENT || "$out" == EPERM ]] ||
          wrong "with the ids \"$map\", ${as:+as root of an own namespace, }writing $file got $out"
      done
    done
  done
}

check_binfmt_misc_of_the_host_is_not_to_be_had() {
  place_helper
  run -- ./attempt as-root sh -c 'mount -t binfmt_misc none /proc/sys/fs/binfmt_misc 2>/dev/null &&
    ls /proc/sys/fs/binfmt_misc/register 2>/dev/null && echo mounted'
  # Linux 6.7 gives each user namespace a binfmt_misc of its own; the host keeps its own then.
  if [ "$out" = $'/proc/sys/fs/binfmt_misc/register\nmounted' ]; then
    true_that "the own binfmt_misc comes with Linux 6.7" \
      python3 -c 'import os; r = os.uname().release.split("."); exit((int(r[0]), int(r[1])) < (6, 7))'
  else
    same "mounting it" "" "$out"
  fi
}

check_read_only_mounts_stay_read_only_and_masks_stay_on() {
  place_helper
  mkdir "$here/readable" && echo precious >"$here/readable/file"
  mkdir -p "$project/secret" && echo hidden >"$project/secret/file" && echo hidden >"$project/token"
  profile masked <<TOML
[mounts."$here/readable"]
source = "$here/readable"
mode = "ro"
[mounts."$project/secret"]
type = "mask"
[mounts."$project/token"]
type = "mask"
TOML
  local as
  for as in "" "as-root ./attempt" "as-root unshare --mount --propagation=slave ./attempt"; do
    capture "$DEVBOX" run -p masked -- ./attempt $as mounts
    same "with \"$as\": what could be changed" "end" "$out"
    same "with \"$as\": standard error" "" "$err"
  done
  capture "$DEVBOX" run -p masked -- ./attempt as-root sh -c "
    ls secret; cat token; echo x >'$here/readable/file'; cat '$here/readable/file'
    mkdir -p /tmp/a && mount --rbind '$project' /tmp/a && ls /tmp/a/secret; cat /tmp/a/token
    mount --bind '$project' /tmp/a 2>&1 | grep -c 'wrong fs type'"
  holds "the bind" "$out" "precious"
  lacks "the mask" "$out" hidden
  lacks "the masked directory" "$out" file
  same "the file on the host" precious "$(cat "$here/readable/file")"
}

check_no_device_can_be_made_or_used() {
  place_helper
  local directory
  for directory in /tmp "$project" "$HOME" /run /dev/shm; do
    gets "a character device in $directory" EPERM mknod "$directory/null" c 1 3
    gets "a block device in $directory" EPERM mknod "$directory/disk" b 254 0
    gets "one as root of an own namespace" EPERM as-root ./attempt mknod "$directory/null" c 1 3
  done
  run --map root -- ./attempt mknod /tmp/null c 1 3
  same "a device as the box's root" EPERM "$out"
  run -- sh -c "while read -r a b c d point flags rest; do
    case \$point,\$flags in
      /dev/null,* | /dev/zero,* | /dev/full,* | /dev/*random,* | /dev/tty,* | /dev/pts,*) ;;
      *,*nodev*) ;;
      *) echo \"\$point \$flags\" ;;
    esac; done </proc/self/mountinfo"
  same "mounts that allow devices" "" "$out"
}

check_a_chroot_does_not_lead_out() {
  place_helper
  attempt top /
  local root=$out
  gets "above /" "$root" top /..
  gets "above all" "$root" top /../../../..
  gets "out of a chroot" "$root" as-root ./attempt chroot
  run --map root -- ./attempt chroot
  same "chroot without a namespace" EPERM "$out"
}

# The mounts of a plan against those of the box, both by name.
compare_mounts() {
  python3 - "$1" "$2" <<'PYTHON'
import collections, json, sys
plan = json.load(open(sys.argv[1]))
wanted = collections.Counter()
sources = {}
for mount in plan["mounts"]:
    kind, target = mount["type"], mount.get("target")
    if kind in ("directory", "symlink", "new file"):
        continue
    wanted[target] += 1
    if kind in ("bind", "root"):
        sources[target] = mount["source"]
    if kind == "mirror":
        for name in mount["directories"] + mount["files"]:
            wanted[target.rstrip("/") + "/" + name] += 1
    if kind == "proc" and mount["covered"]:
        wanted[target + "/..."] += 0
seen = collections.Counter()
for line in open(sys.argv[2]):
    fields = line.split()
    root, point = fields[3], fields[4]
    if point.startswith("/sys/"):
        continue
    seen[point] += 1
    # What was mounted there is what the plan says, seen from its own file system.
    if point in sources and not sources[point].endswith(root if root != "/" else ""):
        print("on", point, "lies", root, "and not", sources[point])
    options = fields[5].split(",")
    if "nosuid" not in options:
        print("not nosuid:", point)
for point in sorted((wanted - seen) | (seen - wanted)):
    print(point, "is planned", wanted[point], "times and there", seen[point], "times")
PYTHON
}

check_the_boxs_mounts_are_those_of_its_plan() {
  mkdir "$here/elsewhere"
  profile many <<TOML
[mounts."/opt/here/and/there"]
source = "$here/elsewhere"
mode = "rw"
[mounts."/new/place"]
type = "tmpfs"
[mounts."/etc/some/file"]
type = "file"
content = "x"
[mounts."/usr/share/doc"]
type = "mask"
[mounts."/var/lib/thing"]
type = "tmpfs"
size = "1MiB"
TOML
  printf '[home]\nmode = "host"\n' | profile home
  local name
  for name in box many home host; do
    "$DEVBOX" plan -p "$name" --json >"$here/plan.json" 2>"$here/plan.err" ||
      wrong "no plan of $name: $(cat "$here/plan.err")"
    capture "$DEVBOX" run -p "$name" -- cat /proc/self/mountinfo
    same "$name: standard error" "" "$err"
    printf '%s\n' "$out" >"$here/mountinfo"
    same "$name: the mounts" "" "$(compare_mounts "$here/plan.json" "$here/mountinfo" 2>&1)"
  done
}

check_processes_of_the_host_are_invisible() {
  place_helper
  sleep 300 &
  local outside=$!
  run -- sh -c 'for p in /proc/[0-9]*; do echo "${p#/proc/} $(tr "\0" " " <$p/cmdline)"; done 2>/dev/null'
  local lines
  lines=$(printf '%s\n' "$out" | wc -l)
  [ "$lines" -le 3 ] || wrong "more than the box's own processes are seen" "$out"
  lacks "the list of processes" "$out" "sleep 300"
  gets "signalling one" ESRCH kill "$outside" 0
  gets "tracing one" ESRCH trace "$outside"
  gets "signalling its group" ESRCH kill "-$$" 0
  run -- ps -e -o pid=
  [ "$(printf '%s\n' "$out" | wc -l)" -le 3 ] || wrong "ps shows more" "$out"
  kill "$outside"
}

check_the_callers_session_keyring_is_out_of_reach() {
  place_helper
  printf '[security]\nseccomp = "off"\n' | profile off
  wait_for_keys
  capture "$helpers/attempt" with-key "$helpers/attempt" find-key
  [ "$out" = done ] || { echo "    this kernel has no keyrings: $out" && return; }
  capture "$helpers/attempt" with-key "$DEVBOX" run -p off -- ./attempt find-key
  same "finding the caller's key without a filter" ENOKEY "$out"
  same "standard error" "" "$err"
  capture "$helpers/attempt" with-key "$DEVBOX" run -p off -- ./attempt request-key
  same "requesting it" ENOKEY "$out"
  capture "$helpers/attempt" with-key "$DEVBOX" run -p off -- ./attempt read-key KEY
  same "reading it by its number" EACCES "$out"
  local verb
  for verb in find-key request-key add-key "read-key KEY"; do
    capture "$helpers/attempt" with-key "$DEVBOX" run -p box -- ./attempt $verb
    same "$verb behind the filter" EPERM "$out"
  done
}

check_a_box_has_no_privileges() {
  run -- grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status
  local nothing=0000000000000000
  same "the plain box" "CapInh:	$nothing
CapPrm:	$nothing
CapEff:	$nothing
CapBnd:	$nothing
CapAmb:	$nothing
NoNewPrivs:	1
Seccomp:	2" "$out"
  run --map root -- grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status
  same "the box's root" "CapInh:	$nothing
CapPrm:	$nothing
CapEff:	$nothing
CapBnd:	$nothing
CapAmb:	$nothing
NoNewPrivs:	1
Seccomp:	2" "$out"
  printf '[security]\nseccomp = "off"\n' | profile off
  wait_for_keys
  capture "$DEVBOX" run -p off -- grep -E '^(CapBnd|NoNewPrivs|Seccomp:)' /proc/self/status
  same "without a filter" "CapBnd:	$nothing
NoNewPrivs:	1
Seccomp:	0" "$out"
  printf '[security]\ncapabilities = ["sys_ptrace"]\n' | profile ptrace
  capture "$DEVBOX" run -p ptrace -- grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status
  local ptrace=0000000000080000
  same "with one capability kept" "CapInh:	$ptrace
CapPrm:	$ptrace
CapEff:	$ptrace
CapBnd:	$ptrace
CapAmb:	$ptrace
NoNewPrivs:	1
Seccomp:	2" "$out"
}

check_a_kept_capability_does_not_open_the_mounts_or_pid_1() {
  place_helper
  mkdir "$here/readable" && echo precious >"$here/readable/file" && mkdir "$project/secret"
  echo hidden >"$project/secret/file"
  profile admin <<TOML
[security]
capabilities = ["sys_admin", "dac_override", "sys_chroot", "mknod", "sys_ptrace"]
[mounts."$here/readable"]
source = "$here/readable"
[mounts."$project/secret"]
type = "mask"
TOML
  capture "$DEVBOX" run -p admin -- ./attempt mounts
  same "what could be changed" end "$out"
  capture "$DEVBOX" run -p admin -- sh -c "echo changed >'$here/readable/file'; mount -o remount,bind,rw '$here/readable' && echo changed >'$here/readable/file'; cat '$here/readable/file'
    umount '$project/secret'; ls '$project/secret'"
  same "the file, seen from inside" precious "$out"
  same "the file" precious "$(cat "$here/readable/file")"
}

check_setuid_programs_gain_nothing() {
  place_helper
  chmod u+s,g+s attempt
  run -- ./attempt ids
  same "a setuid program of the workspace" "$(id -u) $(id -u) $(id -g) $(id -g)" "$out"
  # The host's own are there where the root is the host's, and bound nosuid.
  capture "$DEVBOX" run -p host -- sh -c 'su root -c id </dev/null; mount -t tmpfs none /tmp; :'
  lacks "su and mount of the host" "$out" "uid=0"
  same "they get nothing done" "" "$out"
}

# everything DIRECTORY: names, kinds, modes, owners, sizes, links and times, as one sum. Nobody can
# change a byte, or anything else of an inode, and leave its change time as it was.
everything() {
  (cd "$1" && find . -printf '%p %y %m %U %G %s %n %l %T@ %C@\n' | sort | sha256sum)
}

# The four directories of devbox, in a home that the box has: none can be seen or written.
own_directories() {
  mkdir -p "$HOME/.local/state/devbox/trust" "$HOME/.local/share/devbox" "$HOME/run"
  chmod 700 "$HOME/run" "$HOME/.local/state/devbox" "$HOME/.local/state/devbox/trust"
  export XDG_RUNTIME_DIR=$HOME/run
  echo secret >"$HOME/.local/state/devbox/trust/grant"
  echo secret >"$HOME/.local/share/devbox/image"
}

check_devboxs_own_directories_are_covered_in_a_host_home() {
  own_directories
  printf '[home]\nmode = "host"\n' | profile home
  local own
  for own in .config/devbox .local/share/devbox .local/state/devbox run/devbox; do
    capture "$DEVBOX" run -p home -- sh -c "cd; ls -A $own; echo x >$own/file; mkdir $own/directory;
      rm -r $own; mv $own $own.moved; mv $own /tmp/moved; ls -d $own.moved"
    same "what $own shows" "" "$out"
    true_that "$own is still there" [ -d "$HOME/$own" ]
    true_that "$own was not moved" [ ! -e "$HOME/$own.moved" ]
  done
  same "the grant" secret "$(cat "$HOME/.local/state/devbox/trust/grant")"
}

check_a_host_home_without_devboxs_directories_gives_no_way_to_make_them() {
  mkdir "$here/other" && mv "$HOME/.config/devbox" "$here/other/"
  export XDG_CONFIG_HOME=$here/other
  # Without the host's certificates, of which devbox itself keeps a file there.
  printf '[home]\nmode = "host"\n[integrations]\nca_certificates = false\n' >"$here/home.part"
  profiles=$XDG_CONFIG_HOME/devbox/profiles
  profile home <"$here/home.part"
  export XDG_STATE_HOME=$HOME/new/state XDG_DATA_HOME=$HOME/new/data
  capture "$DEVBOX" run -p home -- sh -c 'cd; for d in new/state/devbox new/data/devbox; do
    mkdir -p $d/trust; echo x >$d/file; done; ls -A new/*/devbox'
  same "what could be made" $'new/data/devbox:\n\nnew/state/devbox:' "$out"
  same "files on the host" "" "$(find "$HOME/new" -type f)"
  same "a trust directory on the host" "" "$(find "$HOME/new" -name trust)"
}

# The mount goes along when a directory above it is renamed, and the old name is free again.
check_renaming_a_directory_above_a_mask_does_not_free_its_name() {
  own_directories
  printf '[home]\nmode = "host"\n' | profile home
  capture "$DEVBOX" run -p home -- sh -c 'cd
    for above in .local/state .local .config run; do
      mv $above $above.moved && mkdir -p $above
    done
    mkdir -p .local/state/devbox/trust && echo evil >.local/state/devbox/trust/evil
    mkdir -p .config/devbox/profiles && echo evil >.config/devbox/profiles/evil.toml
    mkdir -p run/devbox/boxes; echo evil >run/devbox/boxes/evil'
  same "files that the box put there" "" "$(find "$HOME" -name 'evil*')"
  same "directories that were renamed" "" "$(find "$HOME" -name '*.moved')"
  same "the grant" secret "$(cat "$HOME/.local/state/devbox/trust/grant" 2>&1)"
}

check_a_link_in_place_of_a_directory_above_a_mask_leads_nowhere_new() {
  own_directories
  printf '[home]\nmode = "host"\n' | profile home
  capture "$DEVBOX" run -p home -- unshare -Urm sh -c 'cd
    mkdir decoy; for above in .local/state .local .config; do
      mount --bind decoy $above && mv $above $above.moved
      umount -l $above
      mv $above $above.moved && ln -s ~/decoy $above
    done
    mkdir -p decoy/devbox/trust'
  same "directories that were renamed" "" "$(find "$HOME" -name '*.moved')"
  true_that ".local/state is a directory still" [ ! -L "$HOME/.local/state" ]
  same "the grant" secret "$(cat "$HOME/.local/state/devbox/trust/grant" 2>&1)"
}

check_devboxs_own_directories_are_covered_in_a_workspace_above_them() {
  mkdir -p "$project/state/devbox/trust" "$project/config/devbox" "$project/data/devbox"
  mkdir -m 700 "$project/run"
  mv "$profiles" "$project/config/devbox/profiles"
  export XDG_CONFIG_HOME=$project/config XDG_STATE_HOME=$project/state XDG_DATA_HOME=$project/data \
    XDG_RUNTIME_DIR=$project/run
  chmod -R go-w "$project/state"
  run -- sh -c 'for d in config state data run; do ls -A $d/devbox; echo x >$d/devbox/evil
    mv $d/devbox $d/moved; mv $d $d.moved && mkdir -p $d/devbox/trust && echo x >$d/devbox/evil; done'
  same "what they show" "" "$out"
  same "files that the box put there" "" "$(find "$project" -name evil)"
  same "directories that were renamed" "" "$(find "$project" -name '*moved')"
}

check_devboxs_own_directories_are_covered_behind_symbolic_links() {
  mkdir -p "$here/real/state/devbox/trust" "$HOME/.local"
  chmod 700 "$here/real/state/devbox" "$here/real/state/devbox/trust"
  ln -s "$here/real/state" "$HOME/.local/state"
  run --bind "$here/real:/real" -- sh -c 'ls -A /real/state/devbox; echo evil >/real/state/devbox/evil
    mkdir /real/state/devbox/x'
  same "what it shows" "" "$out"
  same "files that the box put there" "" "$(find "$here/real" -name evil)"
  refuses 125 "devbox: --bind: $here/real/state/devbox/trust is inside $HOME/.local/state/devbox, which is devbox's own and never writable in a box" \
    "$DEVBOX" run -p box --bind "$here/real/state/devbox/trust:/x" -- true
}

check_the_runtime_directory_in_tmp_is_covered() {
  unset XDG_RUNTIME_DIR
  run --bind /tmp:/of-host -- sh -c "ls -A /of-host/devbox-$(id -u); echo x >/of-host/devbox-$(id -u)/evil
    mv /of-host/devbox-$(id -u) /of-host/devbox-$(id -u).moved"
  same "what it shows" "" "$out"
  true_that "it was not moved" [ ! -e "/tmp/devbox-$(id -u).moved" ]
  true_that "nothing was put there" [ ! -e "/tmp/devbox-$(id -u)/evil" ]
}

check_the_root_is_read_only() {
  run -- sh -c 'for d in / /usr /usr/bin /etc /opt /var /var/lib /root /srv /dev /sys; do
    (echo x >$d/evil) 2>/dev/null && echo "wrote into $d"; mkdir $d/evil2 2>/dev/null && echo "mkdir in $d"; done
    for f in /etc/passwd /etc/hosts /usr/bin/bash /etc/resolv.conf /etc/os-release; do
    (: >>$f) 2>/dev/null && echo "wrote $f"; rm -f $f 2>/dev/null && echo "removed $f"; chmod 777 $f 2>/dev/null && echo "chmod $f"; done; echo end'
  same "what could be written" end "$out"
  run -- touch /usr/x
  same "the message" "touch: cannot touch '/usr/x': Read-only file system" "$err"
}

check_the_tree_is_unchanged_after_every_attempt_to_change_it() {
  place_helper
  local before
  before=$(everything "$tree")
  profile all <<TOML
[mounts."/new/place"]
type = "tmpfs"
[mounts."/etc/new/file"]
type = "file"
content = "x"
[mounts."/usr/share/new"]
type = "tmpfs"
[mounts."/usr/bin/env"]
type = "file"
content = "x"
[mounts."/var/log"]
type = "mask"
TOML
  local map name
  for map in self root; do
    for name in box all; do
      capture "$DEVBOX" run -p "$name" --map "$map" -- ./attempt as-root sh -c '
        mount -o remount,rw /; mount -o remount,bind,rw /; umount -l /usr/bin/env
        rm -rf /new /etc/new /usr/share/new /usr/share/doc/adduser /var/log; touch /x /usr/x /etc/x /usr/bin/env
        chmod -R a+w /usr/share/doc; mkdir /y; : >>/etc/passwd; ln -sf x /etc/mtab; touch -d @0 /usr/bin/bash'
    done
  done
  [ -z "${DEVBOX_E2E_SUBIDS:-}" ] || run --map subids -- sh -c 'touch /x; rm -rf /usr/share/doc'
  same "names, modes, times and sizes" "$before" "$(everything "$tree")"
}

check_the_runtime_directory_is_not_to_be_seen() {
  run -- sh -c "ls -A '$XDG_RUNTIME_DIR' '$XDG_RUNTIME_DIR/devbox' /tmp/devbox-$(id -u) 2>/dev/null
    find / -xdev -type p 2>/dev/null; find /run /tmp -type p; ls -A /run/user/$(id -u)"
  same "what is seen of it" "" "$out"
}

check_boxes_nest_three_deep() {
  local inner
  cp "$(dirname "$(readlink -f "$DEVBOX")")"/devbox* "$project/" 2>/dev/null
  inner="./devbox run -p ./host.toml --trust --"
  printf 'schema = 1\n[image]\nsource = "host"\n' >host.toml
  [ -x devbox-init ] || { echo "    devbox-init is not beside devbox; an installed one is not bound" && return; }
  run -- $inner $inner sh -c 'echo inside; cat /proc/1/comm; exit 7'
  same "status" 7 "$status"
  same "output" $'inside\ndevbox-init' "$out"
  same "standard error" "" "$err"
  capture "$DEVBOX" run -p host -- $inner $inner sh -c 'echo inside; exit 8'
  same "on the host's root: status" 8 "$status"
  same "on the host's root: output" inside "$out"
  same "on the host's root: standard error" "" "$err"
}

check_without_a_network_no_listener_of_the_host_is_reached() {
  place_helper
  python3 - "$here/port" "devbox-e2e-$$" <<'PYTHON' &
import os, socket, sys, time
tcp = socket.socket()
tcp.bind(("127.0.0.1", 0))
tcp.listen(8)
local = socket.socket(socket.AF_UNIX)
local.bind("\0" + sys.argv[2])
local.listen(8)
with open(sys.argv[1] + ".part", "w") as port:
    port.write(str(tcp.getsockname()[1]))
os.rename(sys.argv[1] + ".part", sys.argv[1])
time.sleep(120)
PYTHON
  local listener=$! port
  eventually "the listener listens" [ -e "$here/port" ] || return
  port=$(cat "$here/port")
  gets "the host's loopback, on the host's network" done connect "$port"
  gets "an abstract socket, on the host's network" done connect "@devbox-e2e-$$"
  run --network none -- ./attempt connect "$port"
  same "the host's loopback" ECONNREFUSED "$out"
  run --network none -- ./attempt connect "@devbox-e2e-$$"
  same "an abstract socket" ECONNREFUSED "$out"
  run --network none -- sh -c 'ls /sys/class/net'
  same "the interfaces in /sys" lo "$out"
  kill "$listener"
}

run_checks "$@"
