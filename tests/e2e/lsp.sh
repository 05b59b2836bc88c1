#!/usr/bin/env bash
# A language server in a box, and an editor outside.
. "$(dirname "$0")/lib.sh"
needs python3 sha256sum

editor() { timeout 60 python3 "$tests/editor.py" "$@"; }

message() { printf 'Content-Length: %d\r\n\r\n%s' "${#1}" "$1"; }
readonly initialize='{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"processId": 12345, "rootUri": "file:///a%20b"}}'
readonly initialized=${initialize/12345/null}

started() { [ -e started ]; }

check_the_first_message_has_no_process_id_and_nothing_else_changes() {
  { message "$initialize"; message "$initialize"; head -c 32M /dev/urandom; } >sent
  { message "$initialized"; tail -c "+$(($(message "$initialize" | wc -c) + 1))" sent; } >expected
  "$DEVBOX" run -p box --lsp -- cat <sent >got 2>said
  same "status, from a file" 0 "$?"
  true_that "a file comes through" cmp expected got
  cat sent | "$DEVBOX" run -p box --lsp -- cat 2>>said | cat >got
  true_that "a pipe comes through" cmp expected got
  same "what is said" "" "$(cat said)"
  { message "$initialize"; message "$initialize"; } | "$DEVBOX" run -p box -- cat >got
  same "without --lsp" "$(message "$initialize"; message "$initialize")" "$(cat got)"
}

check_a_first_message_may_come_in_pieces_through_a_pipe_or_a_socket() {
  local kind
  for kind in pipe socket; do
    editor pieces "$kind" -- "$DEVBOX" run -p box --lsp -- sh -c 'cat >got; exit 3'
    same "status through a $kind" 3 "$?"
    same "process ids through a $kind" "null $(seq -s ' ' 0 15)" \
      "$(grep -aoE '"processId": [a-z0-9]+' got | cut -d' ' -f2 | xargs)"
    python3 - got <<'PY' || wrong "the lengths of messages through a $kind"
import json, sys
data = open(sys.argv[1], "rb").read()
while data:
    head, _, data = data.partition(b"\r\n\r\n")
    size = int(head.split(b":")[1])
    json.loads(data[:size])
    data = data[size:]
PY
  done
}

check_what_is_no_initialize_request_passes_as_it_is() {
  local text
  for text in "$(message '{"method":"shutdown","params":{"processId":1}}')" "$(message 'no JSON')" \
    'int main() {}' 'Content-Length: 70000000' "$(printf 'Content-Length: 9\r\n\r\n{')" ""; do
    same "what comes of ${text@Q}" "$text" "$(printf %s "$text" | "$DEVBOX" run -p box --lsp -- cat)"
  done
}

check_a_server_starts_before_the_first_message_and_may_end_without_one() {
  local begun=$SECONDS
  mkfifo silent && exec 7<>silent
  same "what it prints" "version 1" "$(timeout 20 "$DEVBOX" run -p box --lsp -- sh -c 'echo version 1; exit' <silent)"
  timeout 20 "$DEVBOX" run -p box --lsp -- sh -c 'exit 200' <silent
  same "its status" 200 "$?"
  timeout 20 "$DEVBOX" run -p box --lsp -- bash -c 'kill -SEGV $$' <silent 2>/dev/null
  same "the status after a signal" $((128 + 11)) "$?"
  refuses 127 'devbox: cannot run `no-such-server`: there is no such program in the box
  hint: its image does not have it on the PATH that `devbox plan` shows' \
    "$DEVBOX" run -p box --lsp -- no-such-server <silent
  true_that "nothing waits for the editor" test $((SECONDS - begun)) -lt 10
}

check_a_closed_standard_input_is_one_at_its_end() {
  same "what the server reads" "" "$(timeout 20 "$DEVBOX" run -p box --lsp -- cat <&-)"
}

check_a_server_that_closes_its_input_is_heard_to() {
  same "what the editor sees" refused \
    "$(editor refused -- "$DEVBOX" run -p box --lsp -- sh -c 'head -c 1 >/dev/null; exec 0<&-; sleep 2' 2>&1)"
}

# No matter that somebody else keeps its input open.
check_the_death_of_the_editor_ends_a_server_that_reads() {
  editor leak -- "$DEVBOX" run -p box --lsp -- sh -c 'cat >got; touch ended' 2>/dev/null
  eventually "the server has seen its input end" test -e ended
  holds "what it had been told" "$(cat got)" '"processId": null'
  eventually "no box is left" none_with "$here"
}

check_the_death_of_the_editor_ends_a_server_that_ignores_it() {
  local begun=$SECONDS pid
  editor leak -- "$DEVBOX" run -p box --lsp -- bash -c \
    'trap "" TERM; touch started; while :; do sleep 1; done' </dev/null >/dev/null 2>&1
  true_that "it had started" started
  pid=$(processes_with "while :; do sleep 1; done" | head -1)
  true_that "it is there still" test -n "$pid"
  eventually "it gets a word first" sleep 5
  eventually "it is gone" none_with "while :; do sleep 1; done"
  true_that "soon" test $((SECONDS - begun)) -lt 20
}

check_a_server_that_goes_on_without_input_is_ended() {
  timeout 30 "$DEVBOX" run -p box --lsp -- sh -c 'exec sleep 600' </dev/null
  same "its status" $((128 + 15)) "$?"
}

check_nothing_is_left_when_devbox_is_killed() {
  local said pid
  mkfifo silent && exec 7<>silent
  for said in "" "$(message "$initialize")"; do
    rm -f started
    "$DEVBOX" run -p box --lsp -- sh -c 'touch started; exec sleep 600' <silent &
    pid=$!
    eventually "the server starts" started
    printf %s "$said" >&7
    [ -z "$said" ] || eventually "the relay is there" is_relayed "$pid"
    kill -KILL "$pid"
    eventually "the server is gone, and whoever waits for its first message" \
      none_with "touch started; exec sleep 600"
    eventually "the relay is gone" none_with "devbox-init relay $pid "
  done
}
is_relayed() { [ -n "$(processes_with "devbox-init relay $1 ")" ]; }

# The input ends for the server as if the editor had closed it.
check_a_relay_that_is_killed_ends_the_input() {
  mkfifo silent && exec 7<>silent
  "$DEVBOX" run -p box --lsp -- sh -c 'touch started; cat; exit 4' <silent >/dev/null &
  local pid=$!
  eventually "the server starts" started
  message "$initialize" >&7
  eventually "the relay is there" is_relayed "$pid"
  kill -KILL "$(processes_with "devbox-init relay $pid ")"
  ended "$pid"
  same "the server's own status" 4 "$status"
}

check_the_relay_is_small_and_holds_no_stream_of_the_server() {
  mkfifo silent && exec 7<>silent
  "$DEVBOX" run -p box --lsp -- sh -c 'touch started; exec cat' <silent >/dev/null &
  local pid=$! relay
  eventually "the server starts" started
  message "$initialize" >&7
  eventually "the relay is there" is_relayed "$pid"
  relay=$(processes_with "devbox-init relay $pid ")
  true_that "it takes less than 64 KiB" \
    test "$(sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$relay/smaps_rollup")" -lt 64
  same "its standard error" "" "$(readlink "/proc/$relay/fd/2")"
  kill "$pid"
  ended "$pid"
}

check_a_task_is_no_server() {
  refuses 125 'devbox: --lsp and --task exclude each other
  hint: devbox run --lsp -- SERVER [ARGUMENT…]' "$DEVBOX" run -p box --lsp --task x
}

run_checks "$@"
