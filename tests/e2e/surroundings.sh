#!/bin/bash
# What programs see with devbox-surroundings.so: the time, the order of directory entries, uname(2).
. "$(dirname "$0")/lib.sh"
library=$(dirname "$DEVBOX")/devbox-surroundings.so
[ -r "$library" ] || library=$(dirname "$DEVBOX")/../libexec/devbox/devbox-surroundings.so
for program in gcc make perl python3 tar; do
  [ -e "$tree/usr/bin/$program" ] || [ -e "$tree/bin/$program" ] || skip "$tree has no $program"
done
readonly library

# How the library comes into a box: src/surroundings/settings.hpp.
loaded() {
  cat <<MOUNTS
[mounts."/etc/ld.so.preload"]
type = "file"
content = "/run/devbox/libasan.so.surroundings\\n"
[mounts."/run/devbox/libasan.so.surroundings"]
type = "symlink"
source = "surroundings.so"
[mounts."/run/devbox/surroundings.so"]
type = "bind"
source = "$library"
MOUNTS
}

# vary LINE…: the box named "box" has these settings from now on; the lines that begin with "time" get
# their start, which is now.
vary() {
  {
    loaded
    printf '[mounts."/run/devbox/surroundings"]\ntype = "file"\ncontent = """\n'
    [[ "$*" != *time_base* ]] || printf 'time_start %s\n' "$(date +%s%N)"
    printf '%s\n' "$@"
    printf '"""\n'
  } | profile box
}

# says WHAT EXPECTED SCRIPT: the output of SCRIPT in the box.
says() {
  quiet_run "$1" -- sh -euc "$3"
  same "$1" "$2" "$out"
}

readonly base=1600000000  # 2020-09-13 12:26:40
readonly still=("time_base ${base}000000000" "time_slowdown 1000")
future=$(($(date +%s) + 400 * 86400))
readonly future

check_clocks_show_what_they_are_told_to() {
  vary "${still[@]}"
  says date 2020-09-13T12:26:40 'date -u +%FT%T'
  says python "$base $base" 'python3 -c "import time
print(int(time.time()), int(time.clock_gettime(time.CLOCK_REALTIME)))"'
  says perl "$base" 'perl -e "print time"'
  says bash "$base" 'bash -c "printf %\(%s\)T"'
  says gcc '"Sep 13 2020" "12:26:40"' 'export TZ=UTC; echo __DATE__ __TIME__ | gcc -E -P -'
  vary "time_base ${future}000000000"
  run -- date +%s
  [ "$((out - future))" -ge 0 ] && [ "$((out - future))" -lt 60 ] || wrong "a future of $future: $out"
}

check_without_settings_everything_is_as_without_the_library() {
  local clock
  vary ""
  run -- sh -c 'date +%s; uname -r; touch x; stat -c %Y x; printf "%s\n" * | wc -l'
  clock=$(date +%s)
  [ $((clock - $(head -1 <<<"$out"))) -le 60 ] || wrong "the time is ${out@Q}, not $clock"
  holds "the kernel's release" "$out" "$(uname -r)"
  loaded | profile box
  says "no file of settings" "$(uname -r)" 'uname -r'
}

check_new_files_have_times_of_the_shown_clock_and_in_their_order() {
  local slowdown
  for slowdown in 1 1000; do
    vary "time_base ${base}000000000" "time_slowdown $slowdown"
    says "files, slowed by $slowdown" $'2020\nnewer\nnewest first: c b a' '
      for name in a b c; do touch $name; sleep 0.02; done  # the first at once
      stat -c %y a | cut -c 1-4
      [ c -nt b ] && [ b -nt a ] && [ ! a -nt b ] && echo newer
      echo newest first: $(ls -t a b c)'
    rm -f a b c
  done
}

check_times_that_a_build_sets_read_back_as_they_were_set() {
  local when
  for when in "$base" "$future"; do
    vary "time_base ${when}000000000" "time_slowdown 1000"
    says "the base $when" "0 1 1500000000 $when $((future * 2))" '
      for time in 0 1 1500000000 '"$when"' '"$((future * 2))"'; do
        touch -d @$time x && echo $(stat -c %Y x)
      done | xargs'
    says "the ways to set, at $when" "$when $when $when $when" '
      perl -e "utime '"$when, $when"', q(x)"; stat -c %Y x >got
      python3 -c "import os; os.utime(\"x\", ('"$when, $when"'))"; stat -c %Y x >>got
      tar --mtime=@'"$when"' -cf x.tar x; rm x; tar xf x.tar; stat -c %Y x >>got
      cp -p x y; stat -c %Y y >>got
      xargs <got'
  done
}

check_what_keeps_a_time_keeps_its_place() {
  vary "${still[@]}"
  says "touch -r, cp -p, tar" $'same as a\nolder than b' '
    touch a; sleep 0.02; touch b; sleep 0.02
    touch -r a reference; cp -p a copy; tar -H pax -cf - a | (mkdir out; tar -C out -xf -)
    for file in reference copy out/a; do
      [ "$(stat -c %.Y $file)" = "$(stat -c %.Y a)" ] || echo "$file is not"
      [ b -nt $file ] || echo "$file is as new as b"
    done
    echo same as a; echo older than b'
}

check_make_builds_what_is_older_than_its_source_and_nothing_else() {
  printf 'out: in\n\tcp in out\n' >Makefile
  echo one >in
  sleep 0.1
  vary "${still[@]}" "order reversed"
  says make $'cp in out\nmake: '"'out' is up to date."$'\ncp in out\nmake: '"'out' is up to date." '
    make; make; sleep 0.02; echo two >in; make; make'
}

check_files_that_were_there_do_not_lie_in_the_future() {
  echo old >old
  sleep 0.1
  vary "${still[@]}"
  says "one that was there, and one that the build sets" "$base older $((base + 86400))" '
    touch new; touch -d @'$((base + 86400))' set
    echo $(stat -c %Y old) $([ new -nt old ] && echo older) $(stat -c %Y set)'
}

# From autoconf's AM_SANITY_CHECK, with which every configure begins.
check_a_new_file_is_newer_than_what_was_distributed() {
  touch -d '-1 day' configure
  vary "time_base ${future}000000000" "order hashed-3"
  says sanity 'conftest.file configure' 'echo timestamp >conftest.file; set X $(ls -t configure conftest.file)
    echo "$2" "$3"'
}

check_waits_until_a_time_last_as_long_as_they_were_meant_to() {
  local time
  cat >waits.py <<'PY'
import ctypes, queue, threading, time
libc = ctypes.CDLL(None, use_errno=True)
class Timespec(ctypes.Structure):
    _fields_ = [("sec", ctypes.c_long), ("nsec", ctypes.c_long)]
def until(seconds, clock=time.CLOCK_REALTIME):
    ns = time.clock_gettime_ns(clock) + int(seconds * 1e9)
    return ctypes.byref(Timespec(ns // 10**9, ns % 10**9))
def lasts(what, call):
    begun = time.monotonic()
    call()
    took = time.monotonic() - begun
    if not 0.1 <= took < 5: print(what, "took", took)
def get():
    try: queue.Queue().get(timeout=0.2)
    except queue.Empty: pass
def zeroed(size): return ctypes.create_string_buffer(size)
lasts("Event", lambda: threading.Event().wait(0.2))
lasts("Queue", get)
held = zeroed(64); libc.pthread_mutex_lock(held)
lasts("pthread_cond_timedwait", lambda: libc.pthread_cond_timedwait(zeroed(64), held, until(0.2)))
attributes, monotonic = zeroed(8), zeroed(64)
libc.pthread_condattr_init(attributes); libc.pthread_condattr_setclock(attributes, time.CLOCK_MONOTONIC)
libc.pthread_cond_init(monotonic, attributes)
lasts("a monotonic one", lambda: libc.pthread_cond_timedwait(monotonic, held, until(0.2, time.CLOCK_MONOTONIC)))
lasts("pthread_mutex_timedlock", lambda: libc.pthread_mutex_timedlock(held, until(0.2)))
lasts("sem_timedwait", lambda: libc.sem_timedwait(zeroed(64), until(0.2)))
lasts("clock_nanosleep", lambda: libc.clock_nanosleep(0, 1, until(0.2), None))
FUTEX = {"x86_64": 202}.get(__import__("platform").machine(), 98)
lasts("futex", lambda: libc.syscall(FUTEX, zeroed(8), 9 | 256, 0, until(0.2), None, -1))
fd = libc.timerfd_create(0, 0)
timer = (ctypes.c_long * 4)(0, 0, int(time.time()), int(time.time() % 1 * 1e9) + 300_000_000)
timer[2] += timer[3] // 10**9; timer[3] %= 10**9
libc.timerfd_settime(fd, 1, timer, None)
lasts("timerfd", lambda: libc.read(fd, zeroed(8), 8))
print("all")
PY
  for time in "${base}000000000" "${future}000000000"; do
    vary "time_base $time" "time_slowdown 1000"
    says "from $time" all 'python3 waits.py'
  done
}

check_a_thread_that_waits_can_be_cancelled() {
  vary "${still[@]}"
  cat >cancel.c <<'C'
#include <pthread.h>
#include <stdio.h>
#include <time.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static void clean(void *unused) { (void)unused; pthread_mutex_unlock(&mutex); puts("cleaned"); }
static void *waits(void *unused) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 60;
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(clean, NULL);
  pthread_cond_timedwait(&condition, &mutex, &until);
  pthread_cleanup_pop(0);
  return unused;
}
int main(void) {
  pthread_t thread;
  void *result;
  pthread_create(&thread, NULL, waits, NULL);
  nanosleep(&(struct timespec){0, 100000000}, NULL);
  pthread_cancel(thread);
  pthread_join(thread, &result);
  puts(result == PTHREAD_CANCELED ? "cancelled" : "not cancelled");
}
C
  says cancelled $'cleaned\ncancelled' 'gcc -pthread cancel.c -o cancel && ./cancel'
}

check_directories_are_read_in_the_order_that_is_asked_for() {
  local order names=(B a .x b10 b9 ä)
  touch "${names[@]}"
  rm -rf home
  vary "order sorted"
  says "ls, sorted" '. .. .x B a b10 b9 ä' 'ls -aU | xargs'
  says python "['.x', 'B', 'a', 'b10', 'b9', 'ä']" 'python3 -c "import os; print(os.listdir())"'
  vary "order reversed"
  says "ls, reversed" '. .. ä b9 b10 a B .x' 'ls -aU | xargs'
  says find '. ./ä ./b9 ./b10 ./a ./B ./.x' 'find . | xargs'
  says tar './ ./ä ./b9 ./b10 ./a ./B ./.x' 'tar -cf - . | tar -tf - | xargs'
  says perl '. .. ä b9 b10 a B .x' 'perl -e "opendir D, q(.); print join q( ), readdir D"'
  vary "order hashed-1"
  run -- ls -aU
  order=$out
  same "the same entries" "$(ls -a | LC_ALL=C sort)" "$(LC_ALL=C sort <<<"$out")"
  run -- ls -aU
  same "the same order again" "$order" "$out"
  vary "order hashed-2"
  run -- ls -aU
  [ "$order" != "$out" ] || wrong "two seeds give one order: ${out@Q}"
}

check_directories_of_a_hundred_thousand_entries_are_read_whole() {
  local order
  cat >many.py <<'PY'
import os, subprocess
os.makedirs("/tmp/many")
made = ["a-name-%06d" % i for i in range(100000)]
for name in made: os.close(os.open("/tmp/many/" + name, os.O_CREAT))
names = os.listdir("/tmp/many")
print(len(names), set(names) == set(made), names == sorted(made), names == sorted(made)[::-1])
subprocess.check_call(["rm", "-r", "/tmp/many"])  # which reads while it removes
print(os.path.exists("/tmp/many"))
PY
  for order in "sorted True False" "reversed False True" "hashed-7 False False"; do
    vary "order ${order%% *}"
    says "${order%% *}" $'100000 True '"${order#* }"$'\nFalse' 'python3 many.py'
  done
}

check_streams_of_directories_keep_the_rules_of_posix() {
  cat >streams.c <<'C'
#define _GNU_SOURCE
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static int no_dots(const struct dirent *entry) { errno = EIO; return entry->d_name[0] != '.'; }
int main(void) {
  errno = 0;
  assert(!opendir("nothing") && errno == ENOENT);
  assert(!opendir("streams.c") && errno == ENOTDIR);
  assert(!opendir("") && errno == ENOENT);
  assert(!fdopendir(-1) && errno == EBADF);
  int file = open("streams.c", O_RDONLY);
  assert(!fdopendir(file) && errno == ENOTDIR);
  assert(closedir(NULL) == -1 && errno == EINVAL);

  assert(!mkdir("d", 0700) && !close(creat("d/one", 0600)) && !close(creat("d/two", 0600)));
  DIR *stream = opendir("d");
  assert(fcntl(dirfd(stream), F_GETFD) == FD_CLOEXEC);
  long begin = telldir(stream);
  struct dirent *entry = readdir(stream);
  assert(entry && !strcmp(entry->d_name, ".") && entry->d_type == DT_DIR);
  assert(readdir(stream));
  long third = telldir(stream);
  char name[256];
  strcpy(name, readdir(stream)->d_name);
  assert(entry = readdir(stream));
  assert(entry->d_type == DT_REG && strcmp(entry->d_name, name) < 0);  /* reversed */
  errno = 0;
  assert(!readdir(stream) && errno == 0 && !readdir(stream));
  seekdir(stream, third);
  assert(!strcmp(readdir(stream)->d_name, name));
  seekdir(stream, begin);
  assert(!strcmp(readdir(stream)->d_name, "."));

  assert(!unlink("d/one") && !close(creat("d/three", 0600)));
  rewinddir(stream);
  int count = 0, seen = 0;
  while ((entry = readdir64(stream) ? entry : NULL)) count++;
  rewinddir(stream);
  struct dirent *found, copy;
  while (!readdir_r(stream, &copy, &found) && found) seen += !strcmp(copy.d_name, "three");
  assert(count == 4 && seen == 1);
  assert(!closedir(stream) && (errno = 0, !close(creat("d/four", 0600))));

  stream = fdopendir(open("d", O_RDONLY | O_DIRECTORY));
  close(dirfd(stream));
  errno = 0;
  assert(!readdir(stream) && errno == EBADF);
  assert(closedir(stream) == -1 && errno == EBADF);

  struct dirent **list;
  errno = 0;
  int n = scandir("d", &list, no_dots, alphasort);
  assert(n == 3 && errno == 0 && !strcmp(list[0]->d_name, "four") && !strcmp(list[2]->d_name, "two"));
  n = scandirat(AT_FDCWD, "d", &list, no_dots, NULL);
  assert(n == 3 && !strcmp(list[0]->d_name, "two") && !strcmp(list[2]->d_name, "four"));
  assert(scandir("nothing", &list, NULL, NULL) == -1 && errno == ENOENT);

  stream = opendir("d");
  assert(!unlink("d/two") && !unlink("d/three") && !unlink("d/four") && !rmdir("d"));
  errno = 0;
  assert(!readdir(stream) && errno == 0);
  puts("kept");
}
C
  vary "order reversed"
  says rules kept 'gcc -Wno-deprecated-declarations streams.c -o streams && ./streams'
}

check_uname_tells_the_release_and_the_version_that_are_asked_for() {
  local system
  system=$(uname -sm)
  vary "release 5.0.1-other" "version #1 SMP Thu Jan  1 00:00:00 UTC 1970"
  says uname "Linux 5.0.1-other #1 SMP Thu Jan 1 00:00:00 UTC 1970 ${system#* }" 'echo $(uname -srvm)'
  says python 5.0.1-other 'python3 -c "import platform; print(platform.release())"'
  vary "release $(printf 'x%.0s' $(seq 100))"
  says "one that is too long" 64 'printf %s "$(uname -r)" | wc -c'
}

# The runtimes of the sanitizers stand before libc's functions too, and look who else is there.
check_programs_with_sanitizers_run() {
  local flags
  [ -n "$(find "$tree/usr/lib/gcc" -name libasan.so)" ] || { echo "    $tree has no libasan" && return; }
  vary "${still[@]}" "order reversed"
  printf '#include <stdio.h>\n#include <time.h>\nint main(void) { printf("%%ld", time(NULL)); }\n' >x.c
  for flags in -fsanitize=address '-fsanitize=address -static-libasan' -fsanitize=thread -fsanitize=undefined; do
    says "$flags" "$base" "gcc $flags x.c -o x && ./x"
  done
}

# Otherwise an image with another glibc could not load it.
check_the_library_asks_for_no_version_and_no_library() {
  needs readelf
  capture readelf -VdW "$library"
  holds "versions" "$out" "No version information"
  lacks "libraries" "$out" "(NEEDED)"
  # The compiler may make calls of memcpy and its kin, which every libc has.
  capture sh -c "readelf --dyn-syms -W '$library' | awk '\$7 == \"UND\" && \$8 { print \$8 }' |
    grep -v '^mem' | sort | xargs"
  same "what it takes of libc" "__errno_location dl_iterate_phdr free malloc qsort realloc" "$out"
}

run_checks "$@"
