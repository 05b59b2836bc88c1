#!/usr/bin/env bash
# What devbox run passes in, what comes back, and what it says where it cannot.
. "$(dirname "$0")/lib.sh"
needs python3 sha256sum

check_every_exit_code_comes_back() {
  local code
  for ((code = 0; code < 256; code++)); do
    "$DEVBOX" run -p box -- sh -c "exit $code" </dev/null >"$here/said" 2>&1
    same "the status of exit $code" "$code" "$?"
    same "what is said at exit $code" "" "$(cat "$here/said")"
  done
}

check_a_death_by_signal_is_128_and_its_number() {
  local name
  for name in TERM KILL SEGV ABRT HUP PIPE USR1; do
    run -- bash -c "ulimit -c 0; trap - PIPE HUP; kill -$name \$\$"
    same "status after SIG$name" $((128 + $(kill -l "$name"))) "$status"
    same "standard error after SIG$name" "" "$err"
  done
}

check_what_is_not_there_is_127() {
  refuses 127 'devbox: cannot run `/nowhere`: there is no such program in the box
  hint: the path is the box'"'"'s, not the host'"'"'s; `devbox plan` shows what is mounted' \
    "$DEVBOX" run -p box -- /nowhere
  refuses 127 'devbox: cannot run `no-such-program`: there is no such program in the box
  hint: its image does not have it on the PATH that `devbox plan` shows' \
    "$DEVBOX" run -p box -- no-such-program
}

check_what_cannot_be_executed_is_126() {
  echo text >plain && mkdir directory
  refuses 126 'devbox: cannot run `./plain`: Permission denied
  hint: `ls -l` on it inside shows its mode' "$DEVBOX" run -p box -- ./plain
  refuses 126 'devbox: cannot run `./directory`: Permission denied
  hint: `ls -l` on it inside shows its mode' "$DEVBOX" run -p box -- ./directory
}

check_what_is_no_program_of_this_machine_is_126_and_not_read_by_the_shell() {
  local kind
  mkdir bin
  printf '\177ELF; echo ran' >bin/no-elf
  printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\377\0\n; echo ran\n' >bin/other-machine
  printf 'MZ\220\0\n; echo ran\n' >bin/of-windows
  chmod +x bin/*
  for kind in no-elf other-machine of-windows; do
    refuses 126 "devbox: cannot run \`./bin/$kind\`: Exec format error
  hint: it is neither a program of this machine's architecture nor a script" \
      "$DEVBOX" run -p box -- "./bin/$kind"
  done
  refuses 126 "devbox: cannot run \`no-elf\`: Exec format error
  hint: it is neither a program of this machine's architecture nor a script" \
    "$DEVBOX" run -p box --env "PATH=$project/bin:/usr/bin" -- no-elf
}

check_a_missing_interpreter_is_named_as_such() {
  printf '#!/opt/nowhere/perl\n' >script && chmod +x script
  refuses 127 'devbox: cannot run `./script`: it is in the box, but the interpreter or loader that it names is not
  hint: `head -c 80` on it, or `readelf -l`, shows which one' "$DEVBOX" run -p box -- ./script
}

check_mistakes_of_devbox_itself_are_125() {
  refuses 125 'devbox: run wants its command after `--`
  hint: did you mean `devbox run -- gcc x.c`?' "$DEVBOX" run gcc x.c
  refuses 125 'devbox: run wants its command after `--`
  hint: did you mean `devbox run -p box --network none -- sh -c '"'a b' '*'"'`?' "$DEVBOX" run -p box --network none sh -c "a b" "*"
  refuses 125 'devbox: there is no option -it
  hint: leave it out: a box has the terminal that devbox has' "$DEVBOX" run -it debian bash
  refuses 125 'devbox: there is no option --volume=/a:/b
  hint: `--bind SOURCE:TARGET[:ro]` shows a file or directory of the host' "$DEVBOX" run -p box --volume=/a:/b -- true
  refuses 125 'devbox: --root /a: neither `host` nor `rootfs:DIR`
  hint: did you mean `--root rootfs:/a`?' "$DEVBOX" run -p box --root /a -- true
  refuses 125 'devbox: --root docker://debian: `docker://` is not supported yet' "$DEVBOX" run -p box --root docker://debian -- true
  refuses 125 'devbox: there is no command after `--`
  hint: devbox run -- COMMAND [ARGUMENT…]' "$DEVBOX" run -p box --
  refuses 125 'devbox: cannot enter the working directory /nowhere: No such file or directory
  hint: there is no such directory inside the box; `--cwd` names another' \
    "$DEVBOX" run -p box --cwd /nowhere -- true
  refuses 125 'devbox: --env X: not of the form NAME=value
  hint: `env.pass` in the profile lets a variable of yours through' "$DEVBOX" run -p box --env X -- true
  capture "$DEVBOX" no-such-verb
  same "another verb, wrong usage" 2 "$status"
}

check_bytes_go_through_unchanged() {
  head -c 64M /dev/urandom >"$here/bytes"
  local sum
  sum=$(sha256sum <"$here/bytes")
  same "from a file to a file" "$sum" \
    "$("$DEVBOX" run -p box -- cat <"$here/bytes" >"$here/copy" && sha256sum <"$here/copy")"
  same "through pipes" "$sum" \
    "$(cat "$here/bytes" | "$DEVBOX" run -p box -- sh -c 'cat | cat' | sha256sum)"
}

check_closed_standard_streams_stay_closed() {
  local closed
  for closed in 0 1 2 01 02 12 012; do
    rm -f seen
    (
      [[ $closed != *0* ]] || exec 0<&-
      [[ $closed != *1* ]] || exec 1>&-
      [[ $closed != *2* ]] || exec 2>&-
      exec "$DEVBOX" run -p box -- sh -c 'shut=; for fd in 0 1 2; do
        [ -e /proc/self/fd/$fd ] || shut=$shut$fd; done; echo "$shut" >seen; exit 9'
    ) </dev/null >"$here/said" 2>&1
    same "status with $closed closed" 9 "$?"
    same "what the command finds closed" "$closed" "$(cat seen 2>&1)"
    same "what is said with $closed closed" "" "$(cat "$here/said")"
  done
}

check_a_full_standard_output_is_an_error() {
  "$DEVBOX" plan -p box >/dev/full 2>"$here/said"
  same "status" 1 "$?"
  same "the message" 'devbox: cannot write to standard output: No space left on device
  hint: the file system is full; free some space and try again' "$(cat "$here/said")"
}

check_variables_are_set_for_the_command() {
  quiet_run "--env" --env A=1 --env "B=two words=x" --env C= -- sh -c 'printf "%s|%s|%s" "$A" "$B" "${C-unset}"'
  same "the variables" "1|two words=x|" "$out"
}

check_the_environment_is_clean() {
  # Without those that set a variable where the host or its kernel leaves them no other way.
  printf '[integrations]\nca_certificates = false\ntimezone = false\n' | profile box
  export SSH_AUTH_SOCK=/x DBUS_SESSION_BUS_ADDRESS=unix:path=/x BASH_ENV=/dev/null MY_TOKEN=secret LANG=C.UTF-8
  capture env LD_PRELOAD=/nowhere.so "$DEVBOX" run -p box -- env
  same "the names" "DEVBOX HOME LANG LC_ALL LOGNAME PATH SHELL TERM USER XDG_RUNTIME_DIR container" \
    "$(cut -d= -f1 <<<"$out" | sort | tr '\n' ' ' | sed 's/ $//')"
  holds "the path" "$out" "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  lacks "a secret" "$out" secret
  same "standard error" "" "$err"
}

check_binds_of_the_command_line() {
  mkdir "$here/outside" && echo one >"$here/outside/file"
  run --bind "$here/outside:/x" --bind "$here/outside:/y:ro" --bind "$here/outside/file:/z:ro" -- \
    sh -c 'cat /x/file /y/file /z; echo two >/x/new; echo three >/y/new2'
  same "what is read" $'one\none\none' "$out"
  holds "writing to the read-only one" "$err" "Read-only file system"
  same "the new file" two "$(cat "$here/outside/new")"
  true_that "nothing came by the read-only one" [ ! -e "$here/outside/new2" ]
  refuses 125 "devbox: \`--bind\`: the source $here/none is not there" \
    "$DEVBOX" run -p box --bind "$here/none:/x" -- true
}

check_the_working_directory() {
  mkdir -p deep/er
  run -- pwd
  same "the caller's" "$project" "$out"
  cd deep/er && run -- pwd
  same "a deeper one" "$project/deep/er" "$out"
  run --cwd /usr/bin -- pwd
  same "--cwd" /usr/bin "$out"
}

check_passed_descriptors() {
  exec 7<<<"through seven"
  quiet_run "--pass-fd" --pass-fd 7 -- sh -c 'cat <&7'
  same "what it reads" "through seven" "$out"
  run -- sh -c '[ -e /proc/self/fd/7 ] && echo open'
  same "without --pass-fd" "" "$out"
  exec 7<&-
  capture "$DEVBOX" run -p box --pass-fd 99 -- true
  same "status for one that is not open" 125 "$status"
  same "the message for one that is not open" 'devbox: cannot pass descriptor 99: it is not open
  hint: open it in the shell, as in `devbox run --pass-fd 99 … 99<FILE`' "$err"
}

check_without_a_network_only_loopback_is_there_and_up() {
  quiet_run "--network none" --network none -- python3 -c 'import os, socket
print(*[name for _, name in socket.if_nameindex()], *os.listdir("/sys/class/net"))
listener = socket.create_server(("127.0.0.1", 0))
socket.create_connection(listener.getsockname(), 5)
print("connected", open("/sys/class/net/lo/flags").read().strip())'
  same "the interfaces" $'lo lo\nconnected 0x9' "$out"
}

check_the_ids_inside() {
  local show='echo $(id -u) $(id -g) $(id -un) $USER; touch $0'
  quiet_run "self" --map self -- sh -c "$show" self
  same "--map self" "$(id -u) $(id -g) $(id -un) $(id -un)" "$out"
  quiet_run "root" --map root -- sh -c "$show" root
  same "--map root" "0 0 root root" "$out"
  same "owners of the files" "$(id -u) $(id -u)" "$(stat -c %u self root | xargs)"
  if ! grep -q "^$(id -un):" /etc/subuid || ! command -v newuidmap >/dev/null; then
    echo "    not tried: --map subids, there is no range"
    return
  fi
  quiet_run "subids" --map subids -- sh -c \
    '[ "$(wc -l </proc/self/uid_map)" -gt 1 ] && touch subids && id -un'
  same "--map subids: the map has more than one line" "$(id -un)" "$out"
  same "--map subids: owner of the file" "$(id -u)" "$(stat -c %u subids)"
}

check_a_tilde_in_root_is_the_home() {
  mkdir -p "$HOME/trees" && ln -s "$tree" "$HOME/trees/debian"
  quiet_run "--root rootfs:~/…" --root 'rootfs:~/trees/debian' -- true
}

check_the_hosts_own_programs_as_root() {
  quiet_run "--root host" --root host -- stat -c %d:%i /usr/bin/env
  same "a program of the host" "$(stat -c %d:%i /usr/bin/env)" "$out"
}

check_a_script_without_an_interpreter_line() {
  printf 'echo from a script; exit 3\n' >script && chmod +x script
  run -- ./script
  same "the shell runs it, as execvp(3) has it: output" "from a script" "$out"
  same "status" 3 "$status"
  same "standard error" "" "$err"
  : >empty && chmod +x empty
  run -- ./empty
  same "an empty one" "0 " "$status $out$err"
}

run_checks "$@"
