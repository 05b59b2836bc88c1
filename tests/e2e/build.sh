#!/usr/bin/env bash
# `devbox build`: what a task sees of the project and of the machine, and who may build.
# tests/e2e/build_outputs.sh has what comes back of it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/build_lib.sh"

check_only_tracked_files_and_inputs_are_seen() {
  mkdir -p 'third party/deep'
  echo '*.o' >.gitignore
  : >tracked
  project <<'TOML'
[tasks]
plain = { run = "ls -A1 >o1", outputs = ["o1"] }
inputs = { run = "ls -A1 >o2", outputs = ["o2"], inputs = ["third*/**/*.in", "wanted.o"] }
git = { run = "ls -A1 >o3; ls .git/HEAD >>o3", outputs = ["o3"], inputs = [".git"] }
untracked = { run = "ls -A1 >o4", outputs = ["o4"], untracked = true }
TOML
  touch 'third party/deep/a.in' 'third party/deep/a.out' wanted.o other.o forgotten
  built plain
  same "of a plain task" $'.gitignore\ndevbox.toml\no1\ntracked' "$(lines o1)"
  built inputs
  same "of one with inputs" $'.gitignore\ndevbox.toml\no2\nthird party\ntracked\nwanted.o' "$(lines o2)"
  built git
  same "of one that sees git's" $'.git\n.git/HEAD\n.gitignore\ndevbox.toml\no3\ntracked' "$(sort o3)"
  built untracked
  same "of one that sees all" $'.gitignore\ndevbox.toml\nforgotten\no4\nother.o\nthird party\ntracked\nwanted.o' "$(lines o4)"
  git rm -q --cached tracked
  built plain
  same "once git does not track it" $'.gitignore\ndevbox.toml\no1' "$(lines o1)"
}

check_a_pattern_of_inputs_reaches_below() {
  mkdir -p 'third party/deep'
  project <<'TOML'
[tasks.t]
run = 'ls "third party" "third party/deep" >o'
inputs = ["third*/**/*.in"]
outputs = ["o"]
TOML
  touch 'third party/deep/a.in' 'third party/deep/a.out' 'third party/b.in'
  built
  same "what there is" $'third party:\nb.in\ndeep\n\nthird party/deep:\na.in' "$(lines o)"
}

check_a_project_without_git_is_seen_as_a_whole() {
  export XDG_DATA_HOME=$work/data
  { pinned && printf '[tasks.t]\nrun = "ls -A1 >o"\noutputs = ["o"]\n'; } >devbox.toml
  touch -d @1234567890 a devbox.toml
  built
  same "what there is" $'a\ndevbox.toml\no' "$(lines o)"
}

check_the_surroundings_are_the_fixed_ones_whatever_the_caller_has() {
  project <<'TOML'
[tasks.t]
run = '''
{
  while IFS= read -r -d '' variable; do echo "$variable"; done </proc/self/environ
} >env
{
  id -un; id -u; id -g; uname -n; umask; pwd
  cat /proc/self/personality
  readlink /proc/self/fd/0
  tty || :
  ls -A "$HOME"
  touch "$HOME/x" /tmp/x
  touch /usr/x 2>&1 || :
  cat x
} >facts
'''
outputs = ["env", "facts"]
[tasks.t.env]
MINE = "a b"
TOML
  echo in >x && git add x
  export SECRET=1 LC_ALL=C LANG=C TZ=Asia/Tokyo SOURCE_DATE_EPOCH=7 EDITOR=vi DISPLAY=:0 MAKEFLAGS=-j9
  umask 077
  echo typed | "$DEVBOX" build --trust 2>"$here/err" || wrong "it fails" "$(cat "$here/err")"
  same "the environment" "DEVBOX=t
HOME=/home/build
LANG=C.UTF-8
LOGNAME=build
MINE=a b
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
SHELL=/bin/sh
SOURCE_DATE_EPOCH=1500000000
TZ=UTC
USER=build
XDG_RUNTIME_DIR=/run/user/1000
container=devbox" "$(LC_ALL=C sort env)"
  same "the rest" "build
1000
1000
build
0022
$project
00040000
/dev/null
not a tty
touch: cannot touch '/usr/x': Read-only file system
in" "$(lines facts)"
}

check_there_is_no_network_and_a_task_that_wants_one_is_told() {
  project <<'TOML'
[tasks.t]
run = "cat /proc/net/dev >net; exec 3<>/dev/tcp/192.0.2.1/80"
outputs = ["net"]
[tasks.other]
run = "cat /proc/net/dev >net2; false"
outputs = ["net2"]
TOML
  : >forgotten
  fails 1 t
  holds "what is said" "$err" "devbox: the task t ended with status 1 after " "Network is unreachable" \
    "a build has no network: what it fetches belongs into the image" "git does not track forgotten, and so"
  fails 1 other
  lacks "what is said of another" "$err" "no network"
  sed -i 's/; exec 3.*"/"/' devbox.toml
  built t
  same "the interfaces" "lo:" "$(grep -o '[a-z0-9]*:' net)"
}

check_the_time_of_sources_is_that_of_the_commit_or_as_asked_or_of_the_newest() {
  echo 'o=$(echo "$SOURCE_DATE_EPOCH"; stat -c "%Y %a %n" . a a/* link); echo "$o" >o' >facts.sh
  mkdir -p a && echo 1 >a/plain && echo 2 >a/run && ln -s a/run link
  project <<'TOML'
[tasks.t]
run = "sh facts.sh"
outputs = ["o"]
TOML
  chmod 600 a/plain && chmod 711 a/run && chmod 700 a
  umask 077
  built
  same "of the commit" "1500000000
1500000000 755 .
1500000000 755 a
1500000000 644 a/plain
1500000000 755 a/run
1500000000 777 link" "$(lines o)"
  printf '[env.set]\nSOURCE_DATE_EPOCH = "1600000000"\n' >>devbox.toml
  built
  same "of the profile" "1600000000 1600000000" "$(echo $(sed -n '1p;2s/ .*//p' o))"
  printf '[tasks.t.env]\nSOURCE_DATE_EPOCH = "1650000000"\n' >>devbox.toml
  built
  same "of the task" "1650000000 1650000000" "$(echo $(sed -n '1p;2s/ .*//p' o))"
  sed -i 's/"1650000000"/"tomorrow"/' devbox.toml
  fails 1
  holds "what is said of no number" "$err" "SOURCE_DATE_EPOCH is \`tomorrow\`, which is no number of seconds"
  sed -i '/^\[env.set\]/,$d' devbox.toml
  rm -rf .git o
  find . -exec touch -h -d @1300000000 {} +
  touch -d @1400000000 a/plain
  built
  same "of the newest" "1400000000 1400000000" "$(echo $(sed -n '1p;2s/ .*//p' o))"
}

check_what_is_edited_meanwhile_is_not_seen() {
  echo before >a
  project <<'TOML'
[tasks.t]
run = "echo >/tmp/x; echo begun; i=0; while [ $i -lt 40 ]; do sleep 0.05; i=$((i + 1)); done; cat a >o"
outputs = ["o"]
TOML
  "$DEVBOX" build --trust --verbose >"$here/said" 2>&1 &
  local builder=$!
  eventually "the task runs" grep -q begun "$here/said"
  echo after >a
  wait "$builder" || wrong "it fails" "$(cat "$here/said")"
  same "what it saw" before "$(lines o)"
  built
  same "what the next one sees" after "$(lines o)"
}

check_the_copy_of_the_sources_follows_every_kind_of_change() {
  mkdir d
  echo 1 >d/f && echo 1 >same && echo 1 >gone && echo 1 >mode && ln -s same link && mkdir becomes && echo 1 >becomes/x
  project <<'TOML'
[tasks.t]
run = "for f in * */*; do [ -d $f ] || [ \"$f\" = '*/*' ] || echo $f $(stat -c '%F %a' $f) $([ -h $f ] && readlink $f || cat $f); done >o"
outputs = ["o"]
untracked = true
TOML
  seen() { built && grep -v devbox.toml o; }
  same "at first" "gone regular file 644 1
link symbolic link 777 same
mode regular file 644 1
same regular file 644 1
becomes/x regular file 644 1
d/f regular file 644 1" "$(seen)"
  # One with the size and the time that it had.
  touch -r same "$here/time" && echo 2 >same && touch -r "$here/time" same
  chmod +x mode && rm gone && ln -sfn mode link && rm -r becomes && echo now >becomes && rm d/f && mkdir d/f && echo 3 >d/f/g
  same "after changes" "becomes regular file 644 now
link symbolic link 777 mode
mode regular file 755 1
same regular file 644 2" "$(seen)"
  same "and deeper" "$(printf 'd\nd/f\nd/f/g')" "$(cd "$(kept)/sources/tree" && find d)"
  rm -r d && echo file >d && rm same && ln -s nowhere same && rm link && echo file >link
  same "after more" "becomes regular file 644 now
d regular file 644 file
link regular file 644 file
mode regular file 755 1
same symbolic link 777 nowhere" "$(seen)"
}

check_names_may_be_anything() {
  local odd=$'a\nb' utf=$'\xc3\xa4\xe2\x82\xac' no_utf=$'\xff'
  echo 1 >"$odd"; echo 2 >"$utf"; echo 3 >./-rf; echo 4 >"$no_utf"; echo 5 >' '; echo 6 >'*'
  project <<'TOML'
[tasks.t]
run = 'mkdir /tmp/o; cp -- * /tmp/o/; rm /tmp/o/devbox.toml; cp -r /tmp/o out'
outputs = ["out"]
TOML
  built
  same "what came back" "$(printf '%s\n' ' =5' '*=6' '-rf=3' "$odd=1" "$utf=2" "$no_utf=4" | LC_ALL=C sort)" \
    "$(cd out && for f in *; do printf '%s=%s\n' "$f" "$(cat -- "$f")"; done | LC_ALL=C sort)"
}

check_a_tracked_file_that_has_become_a_fifo_is_refused() {
  echo 1 >f
  project <<'TOML'
[tasks.t]
run = "cat f >o"
outputs = ["o"]
TOML
  rm f && mkfifo f
  fails 1
  holds "what is said" "$err" "devbox: $project/f is a FIFO, which no build can be shown"
}

check_a_task_that_is_not_hermetic_has_what_the_profile_says() {
  echo shown >"$here/file"
  project <<TOML
[env]
pass = ["GIVEN"]
set.FROM = "\${env:GIVEN}"
[mounts."/srv/file"]
type = "bind"
source = "$here/file"
[tasks.t]
hermetic = false
run = "echo \$GIVEN \$FROM \$USER >o; cat /srv/file >>o; ls -d /proc/\$\$/ns/net >>o; readlink /proc/self/ns/net >>o; ls -A1 >>o"
outputs = ["o"]
TOML
  : >forgotten
  GIVEN=gift built
  same "what it has" "gift gift $USER
shown" "$(head -2 o)"
  holds "its network" "$(lines o)" "$(readlink /proc/self/ns/net)"
  lacks "its sources" "$(lines o)" forgotten
}

check_what_a_build_leaves_out_of_the_profile_is_said() {
  mkdir -p "$HOME/.config/app"
  echo K=v >"$here/vars"
  project <<TOML
[home]
share.".config/app" = "ro"
[env]
files = ["$here/vars"]
[mounts."/srv/file"]
type = "bind"
source = "$here"
[mounts."/srv/own"]
type = "file"
content = "own"
[tasks.t]
run = "ls /srv/file >o 2>&1 || :; echo K=\$K >>o; cat /srv/own >>o"
outputs = ["o"]
TOML
  built
  holds "what is said" "$err" 'devbox: mounts."/srv/file" is left out: a build sees nothing of the host' \
    'devbox: home.share.".config/app" is left out' "devbox: env.files $here/vars is left out"
  same "what the task sees" "ls: cannot access '/srv/file': No such file or directory
K=
own" "$(lines o)"
  built --quiet
  same "what --quiet says" "" "$err"
}

check_what_nothing_pins_and_what_is_of_the_environment_is_refused() {
  local image
  project <<'TOML'
[tasks.t]
run = "true"
TOML
  for image in host "rootfs:$tree"; do
    printf 'schema = 1\n[image]\nsource = "%s"\n[tasks.t]\nrun = "echo >o"\noutputs = ["o"]\n' "$image" >devbox.toml
    fails 1
    holds "what is said of $image" "$err" "devbox: the task t cannot be built: nothing pins the image of $project/devbox.toml"
    true_that "nothing was built of $image" [ ! -e o ]
  done
  { pinned && printf '[env.set]\nA = "${env:HOME}"\n[tasks.t]\nrun = "true"\n'; } >devbox.toml
  fails 1
  holds "what is said of a variable" "$err" 'is built without your environment, and' 'asks for ${env:HOME}'
}

check_an_image_outside_of_the_project_wants_trust() {
  project <<'TOML'
[tasks.t]
run = "echo built >o"
outputs = ["o"]
TOML
  capture "$DEVBOX" build
  same "the status" 1 "$status"
  holds "what is said" "$err" "devbox profile trust"
  true_that "nothing was built" [ ! -e o ]
}

run_checks "$@"
